"""Key levels of a market: where yesterday, the week, the opening and the volume drew lines.

All of it is pure: columns of bars and hours of sessions in, numbers out. A level that cannot be
told is None with a reason, never 0. See docs/metrics.md.
"""
