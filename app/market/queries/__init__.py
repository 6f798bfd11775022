"""Reading and writing bars as columns."""
