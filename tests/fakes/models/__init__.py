"""The three providers of models as their SDKs meet them: one server, the wire format of each."""

from __future__ import annotations

from tests.fakes.models.replies import Reply, text, tool
from tests.fakes.models.server import ModelServer

__all__ = ["ModelServer", "Reply", "text", "tool"]
