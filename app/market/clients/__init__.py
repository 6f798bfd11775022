"""Outside systems of the market slice: exchange calendars, providers of bars."""
