"""The feed: one process that hears the market for everybody (docs/adr/0017, docs/adr/0019)."""
