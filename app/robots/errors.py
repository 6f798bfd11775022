"""What can go wrong with robots."""

from __future__ import annotations

from app.core.errors import ConflictError, ForbiddenError, NotFoundError, ValidationError


class RobotNotFoundError(NotFoundError):
    """The catalogue has no such robot."""


class BarFileError(ValidationError):
    """A file of bars is wrong: the message names the row and the field."""


class ParameterError(ValidationError):
    """A setting of a robot is unknown or out of range."""


class OrderError(ParameterError):
    """Settings that are each in range do not go together."""


class PluginError(ValidationError):
    """The folder of a robot is wrong: the message names the file and the field."""


class RunNotFoundError(NotFoundError):
    """There is no such run, or it is somebody else's."""

    code = "run_not_found"


class DeploymentNotFoundError(NotFoundError):
    """There is no such deployment, or it is somebody else's."""

    code = "deployment_not_found"


class DeploymentStateError(ConflictError):
    """The deployment is in a state in which this cannot be done."""

    code = "deployment_state"


class NotAllowedError(ForbiddenError):
    """The member's plan does not include this robot, or no further deployment."""

    code = "plan_needed"
