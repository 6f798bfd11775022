"""Outside systems of billing: the payment provider."""
