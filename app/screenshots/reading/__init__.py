"""Reads positions from pictures without a model: Tesseract's words, and rules of five brokers' pages."""

from app.screenshots.reading.reader import read

__all__ = ["read"]
