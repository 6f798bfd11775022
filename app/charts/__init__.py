"""Charts as data: one document a chart, who changed what in it, and its drawing."""
