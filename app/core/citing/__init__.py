"""Pure: whether every number of a text that a machine wrote is a fact that was looked up."""
