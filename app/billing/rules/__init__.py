"""Pure decisions about plans and money."""
