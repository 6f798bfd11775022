"""A real WordPress for `make run` and the journeys, on SQLite and PHP's own web server."""
