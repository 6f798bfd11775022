"""The account pages: signing in, and what a person keeps in order about their account."""

from app.accounts.views import keys, overview, second_factor, sign_in, sign_up
from app.accounts.views.pages import pages

__all__ = ["keys", "overview", "pages", "second_factor", "sign_in", "sign_up"]
