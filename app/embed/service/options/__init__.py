"""What the tab of options shows: the macro widget."""
