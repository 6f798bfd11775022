"""Pure decisions of what the service sends."""
