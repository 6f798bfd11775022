"""What can go wrong with robots."""

from __future__ import annotations

from app.core.errors import NotFoundError, ValidationError


class RobotNotFoundError(NotFoundError):
    """The catalogue has no such robot."""


class BarFileError(ValidationError):
    """A file of bars is wrong: the message names the row and the field."""


class ParameterError(ValidationError):
    """A setting of a robot is unknown or out of range."""


class PluginError(ValidationError):
    """The folder of a robot is wrong: the message names the file and the field."""
