"""The fragments of the pages of a WordPress site."""

from app.embed.views import (
    analyses,
    coach,
    desk,
    model_keys,
    options,
    pages,
    plan,
    robots,
    screenshots,
)
from app.embed.views.blueprint import bp

__all__ = [
    "analyses",
    "bp",
    "coach",
    "desk",
    "model_keys",
    "options",
    "pages",
    "plan",
    "robots",
    "screenshots",
]
