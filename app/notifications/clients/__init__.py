"""Outside systems that things are sent to."""
