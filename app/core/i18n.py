"""In which language a request is answered, and how its numbers and dates look.

Texts are marked with `gettext`, `ngettext` or `pgettext` in Python and with `_()`, `{% trans %}` in
templates. The catalogues are app/core/translations/<language>/LC_MESSAGES/messages.po; English is
what stands in the code. `make translations` extracts, merges and compiles.

A page asks for some hundred texts, so the language is found once a request, and a template's plain
texts are kept ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_app_context, has_request_context, request
from markupsafe import Markup, escape

__all__ = [
    "LANGUAGES",
    "SOURCE",
    "Language",
    "gettext",
    "in_language",
    "language",
    "lazy_gettext",
    "lazy_pgettext",
    "listed",
    "locale",
    "ngettext",
    "pgettext",
]

FOLDER = Path(__file__).parent / "translations"
SOURCE = "en"
LANGUAGES = (SOURCE, *sorted(path.name for path in FOLDER.glob("??") if path.is_dir()))


@dataclass(frozen=True)
class Language:
    """One language: its catalogue, and the texts of templates that hold nothing to fill in."""

    code: str
    texts: NullTranslations
    ready: dict[str, Markup] = field(default_factory=dict)

    @classmethod
    def load(cls, code: str) -> Language:
        """Return a language with its compiled catalogue."""
        if code == SOURCE:
            return cls(code, NullTranslations())
        return cls(code, _catalogue(code))


@cache
def _catalogue(code: str) -> NullTranslations:
    """Read a compiled catalogue, once in a process."""
    return Translations.load(FOLDER, [code])


_ENGLISH = Language.load(SOURCE)


def register(app: Flask) -> None:
    """Let templates and Python texts follow the language of the request."""
    app.extensions["languages"] = {code: Language.load(code) for code in LANGUAGES}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.globals.update(
        _=_shown, gettext=_shown, ngettext=_shown_number, pgettext=_shown_meaning, language=language
    )
    app.jinja_env.filters["listed"] = listed


# --- The language in use ---


def _current() -> Language:
    if not has_app_context():
        return _ENGLISH
    found: Language | None = g.get("language")
    if found is None:
        found = g.language = current_app.extensions["languages"][_asked()]
    return found


def _asked() -> str:
    """Return the best of our languages for who asks; English outside requests."""
    if not has_request_context():
        return SOURCE
    # Werkzeug's best_match prefers a plain "en" to the "de-AT" that stands before it.
    for tag, quality in request.accept_languages:
        code = _code(tag)
        if quality > 0 and code in LANGUAGES:
            return code
    return SOURCE


def _code(name: str) -> str:
    """Return the language of a locale, however it is written: de_DE, de-CH, de."""
    return name.replace("_", "-").partition("-")[0].lower()


@contextmanager
def in_language(name: str | None) -> Iterator[None]:
    """Speak a person's language for a while: in a job, where no request says which."""
    before = _current()
    languages = current_app.extensions["languages"]
    g.language = languages.get(_code(name or SOURCE), _ENGLISH)
    try:
        yield
    finally:
        g.language = before


def language() -> str:
    """Return the two-letter code of the language in use: en, de."""
    return _current().code


@cache
def _locale(code: str) -> Locale:
    # Plain "en" groups and signs like en_US; the name keeps dollars "$" and not "US$".
    return Locale.parse("en_US" if code == SOURCE else code)


def locale() -> Locale:
    """Return the locale that numbers and dates are written in."""
    return _locale(language())


# --- Texts of Python ---


def gettext(text: str, **values: object) -> str:
    """Return a text in the language in use, its %(names)s filled in."""
    return _filled(_current().texts.ugettext(text), values)


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Return the form of a text that fits `num`, which it may hold as %(num)s."""
    return _filled(_current().texts.ungettext(one, many, num), {"num": num, **values})


def pgettext(context: str, text: str, **values: object) -> str:
    """Return a text whose meaning the context tells: a month, a side, a plan."""
    return _filled(str(_current().texts.upgettext(context, text)), values)


def _filled(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


class _Lazy:
    """A text of a constant, which is translated whenever it is shown."""

    def __init__(self, find: Callable[..., str], *words: str) -> None:
        self._find, self._words = find, words

    def __str__(self) -> str:
        return self._find(*self._words)

    def __html__(self) -> str:
        return str(escape(str(self)))

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self._words)


def lazy_gettext(text: str) -> Any:
    """Mark a text of a constant; `str()` and templates translate it."""
    return _Lazy(gettext, text)


def lazy_pgettext(context: str, text: str) -> Any:
    """Mark a text of a constant whose meaning the context tells."""
    return _Lazy(pgettext, context, text)


def listed(parts: Iterable[object], last: str | None = None) -> str:
    """Return parts as a list: "live, paper"; `last` stands before the last one: "live and paper"."""
    words = [str(part) for part in parts]
    comma = pgettext("between the parts of a list", ", ")
    if last is None or len(words) < 2:  # noqa: PLR2004 - two make a pair
        return comma.join(words)
    return f"{comma.join(words[:-1])}{last}{words[-1]}"


# --- Texts of templates: they are HTML, and what is filled in is escaped ---


def _html(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - texts of templates are ours


def _shown(text: str, **values: object) -> Markup:
    found = _current()
    if values:
        return _html(found.texts.ugettext(text)) % values
    ready = found.ready.get(text)
    if ready is None:
        ready = found.ready[text] = _html(found.texts.ugettext(text)) % {}
    return ready


def _shown_number(one: str, many: str, num: int, **values: object) -> Markup:
    return _html(_current().texts.ungettext(one, many, num)) % {"num": num, **values}


def _shown_meaning(context: str, text: str, **values: object) -> Markup:
    return _html(str(_current().texts.upgettext(context, text))) % values
