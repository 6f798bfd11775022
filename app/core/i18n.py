"""In which language a request is answered, and how its numbers and dates look.

Texts are marked with `gettext`, `ngettext` or `pgettext` in Python and with `_()`, `{% trans %}` in
templates. The catalogues are app/core/translations/<language>/LC_MESSAGES/messages.po; English is
what stands in the code. `make translations` extracts, merges and compiles.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import flask_babel
from babel import Locale
from flask import Flask, has_request_context, request
from flask_babel import Babel, gettext, lazy_gettext, ngettext, pgettext

__all__ = [
    "LANGUAGES",
    "SOURCE",
    "gettext",
    "language",
    "lazy_gettext",
    "locale",
    "ngettext",
    "pgettext",
]

FOLDER = Path(__file__).parent / "translations"
SOURCE = "en"
LANGUAGES = (SOURCE, *sorted(path.name for path in FOLDER.glob("??") if path.is_dir()))


def register(app: Flask) -> None:
    """Let templates and Python texts follow the language of the request."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    app.config["BABEL_DEFAULT_LOCALE"] = SOURCE
    Babel(app, locale_selector=_asked)
    app.jinja_env.globals["language"] = language


def _asked() -> str:
    """Return the best of our languages for who asks; English outside requests."""
    if not has_request_context():
        return SOURCE
    return request.accept_languages.best_match(LANGUAGES, SOURCE) or SOURCE


def language() -> str:
    """Return the two-letter code of the language in use: en, de."""
    found = flask_babel.get_locale()
    return found.language if found else SOURCE


@cache
def _locale(code: str) -> Locale:
    # Plain "en" groups and signs like en_US; the name keeps dollars "$" and not "US$".
    return Locale.parse("en_US" if code == SOURCE else code)


def locale() -> Locale:
    """Return the locale that numbers and dates are written in."""
    return _locale(language())
