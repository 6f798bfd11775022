"""Installing and running on one machine: nothing in here is imported by the service."""
