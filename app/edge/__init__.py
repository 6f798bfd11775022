"""Floor 10: long-lived answers (server-sent events) and MCP, in a process of their own without state.

Started by `python -m app.edge`; no part of the Flask application. It knows no table: what a
stream shows it asks the web process for, as the member, with the same checks as ever.
"""
