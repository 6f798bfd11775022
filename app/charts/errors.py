"""What can go wrong with charts."""

from __future__ import annotations

from app.core.errors import ConflictError, ForbiddenError, NotFoundError, ValidationError


class ChartNotFoundError(NotFoundError):
    """There is no such chart, or it is somebody else's."""

    code = "chart_not_found"


class ReplayNotFoundError(NotFoundError):
    """There is no such replay, or it is somebody else's."""

    code = "replay_not_found"


class ChartChangedError(ConflictError):
    """The chart has another version than the change was made for, or what is to be undone is gone."""

    code = "chart_changed"


class NothingToUndoError(ConflictError):
    """There is no change of that author that is not undone yet."""

    code = "nothing_to_undo"


class DocumentError(ValidationError):
    """A document is no chart of ours: its format, its size, or a part of it."""

    code = "bad_document"


class PlaceError(ValidationError):
    """Something is drawn where the data are not."""

    code = "outside_data"


class MemberOnlyError(ForbiddenError):
    """Only the member may do this, not a program."""

    code = "member_only"
