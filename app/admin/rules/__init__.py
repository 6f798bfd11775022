"""The demo, decided: a simulated market, robots that trade it and members who follow them.

Everything here is a pure function of a seed and of how many sessions there are, and a longer run
begins with the shorter one: seeding again later only adds sessions.
"""
