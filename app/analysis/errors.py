"""What can go wrong with analyses."""

from __future__ import annotations

from app.core.errors import ConflictError, NotFoundError, ValidationError


class AnalysisNotFoundError(NotFoundError):
    """There is no such analysis, or it is somebody else's."""

    code = "analysis_not_found"


class NotDoneError(ConflictError):
    """The analysis proposes nothing that could be drawn or compared."""

    code = "analysis_not_done"


class ImplausibleError(ValidationError):
    """What a model proposes cannot be meant for this market."""

    code = "implausible"
