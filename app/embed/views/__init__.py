"""The fragments of the pages of a WordPress site."""

from app.embed.views import coach, desk, model_keys, options, pages, plan, robots
from app.embed.views.blueprint import bp

__all__ = ["bp", "coach", "desk", "model_keys", "options", "pages", "plan", "robots"]
