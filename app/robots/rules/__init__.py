"""Pure decisions of the robots slice."""
