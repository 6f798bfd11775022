"""Where the code of robots runs: a child process that can reach nothing but what it is given.

`parent` is our side, `child` the other one; only bytes of JSON and of bars pass between them.
"""
