"""Floor 6: what models propose on a chart, kept as predictions and scored."""
