"""The version of the service, and the oldest plugin that it serves in full."""

VERSION = "0.1.0"
OLDEST_PLUGIN = "0.2.0"
"""An older plugin is served as far as it goes, and told to be updated."""
