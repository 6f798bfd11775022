"""Queries of what the service sends."""
