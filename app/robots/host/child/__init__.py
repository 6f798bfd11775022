"""The child's side. Nothing here imports Flask, the database or the settings."""
