"""Background processes: RQ workers and the clock."""
