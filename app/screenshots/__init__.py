"""Floor 7: positions read from pictures of brokers' pages."""
