"""The Model Context Protocol at /mcp: charts and prices for models and their clients.

Nothing is kept here and nothing decided: each tool is one request or two of the JSON API with the
caller's own key, so that rights, limits and errors are the API's.
"""
