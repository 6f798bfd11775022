"""What is read of plans and money."""
