"""What is known of the API without a request: its document, its problems, its examples. Pure."""

from app.api.rules.document import Operation, document
from app.api.rules.problems import PROBLEMS, Problem
from app.api.rules.reference import Reference, reference

__all__ = ["PROBLEMS", "Operation", "Problem", "Reference", "document", "reference"]
