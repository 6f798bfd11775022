"""Models of providers: imported by workers and commands alone, never by a web process."""
