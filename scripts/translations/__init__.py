"""The plugin's texts: found in its sources, kept in languages/, compiled for WordPress."""
