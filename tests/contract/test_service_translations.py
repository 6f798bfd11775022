"""The service's texts: all found, all translated, and what is compiled is what stands written."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages import Catalog

from scripts import translate_service as service
from scripts.translations.catalogs import entries, said, untranslated

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = list(service.languages())
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
MARKS = {"_", "gettext", "ngettext", "pgettext", "lazy_gettext", "lazy_pgettext"}


@pytest.fixture(scope="module")
def found() -> Catalog:
    return service.find_texts()


def keys(catalog):
    return {(entry.context, str(entry.id)) for entry in entries(catalog)}


def test_the_template_holds_the_texts_of_the_sources(found):
    written = service.read(service.FOLDER / "messages.pot")
    assert service.body(written) == service.body(found), "run: make translations"


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parts[-3])
def test_a_translation_is_complete(path, found):
    catalog = service.read(path)
    assert keys(catalog) == keys(found), "run: make translations"
    assert untranslated(catalog) == []


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parts[-3])
def test_a_translation_keeps_placeholders_and_blanks(path):
    for entry in entries(service.read(path)):
        sources = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        for text in said(entry):
            expected = {frozenset(PLACEHOLDER.findall(source)) for source in sources}
            assert frozenset(PLACEHOLDER.findall(text)) in expected, text
            assert [text[:1].isspace(), text[-1:].isspace()] == [
                sources[0][:1].isspace(),
                sources[0][-1:].isspace(),
            ], text
            # A template takes these as HTML.
            assert ("<" in text) == ("<" in sources[0]), text
            assert not re.search(r"&(?!\w+;)", text) or "&" in sources[0], text


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parts[-3])
def test_what_is_compiled_is_what_is_written(path):
    compiled = service.compiled(service.read(path))
    assert path.with_suffix(".mo").read_bytes() == compiled, "run: make translations"


# --- nothing is left out ---

TOKEN = re.compile(r"({#.*?#}|{%.*?%}|{{.*?}}|<(?:[^>{]|{{.*?}}|{%.*?%}|{#.*?#}|{)*>)", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")
SPOKEN = re.compile(r'\b(?:aria-label|data-label|title|placeholder|alt|hx-confirm)="([^"]*)"')
EXAMPLE = re.compile(r"https?://\S+|[0-9a-f.:/, ]+")
"""An address as it is typed reads the same in every language."""
IN_ENGLISH = {"api"}
"""For developers, as the API that it describes."""


def templates():
    folder = ROOT / "templates"
    return [
        path for path in sorted(folder.rglob("*.html"))
        if path.relative_to(folder).parts[0] not in IN_ENGLISH
    ]  # fmt: skip


def bare_texts(source):
    """Yield the texts of a template that are outside {{ }} and {% trans %}."""
    depth = 0
    for token in TOKEN.split(source):
        if re.match(r"{%-?\s*trans\b", token):
            depth += 1
        elif re.match(r"{%-?\s*endtrans\b", token):
            depth -= 1
        elif not TOKEN.fullmatch(token) and not depth:
            yield re.sub(r"&\w+;", "", token)


# What a macro gives to a tag: names of attributes, and values that are no words for a reader.
ATTRIBUTES = re.compile(r'(?:"?\s*(?:href|hx-[a-z-]+)="[\w ]*)+"?')


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_a_template_has_no_text_outside_the_catalogue(path):
    source = path.read_text()
    bare = [text.strip() for text in bare_texts(source) if WORD.search(text)]
    assert [text for text in bare if not ATTRIBUTES.fullmatch(text)] == []
    without_marks = re.sub(r"{%-?\s*trans\b.*?endtrans\s*-?%}|{{.*?}}|{%.*?%}", "", source)
    spoken = [text for text in SPOKEN.findall(without_marks) if not EXAMPLE.fullmatch(text)]
    assert [text for text in spoken if WORD.search(text)] == []


PLURAL = re.compile(r"{%-?\s*trans\s+(\w+)=(?:(?!endtrans).)*?{%-?\s*pluralize\s*-?%}", re.DOTALL)


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_a_plural_goes_by_a_count(path):
    """Jinja takes the first variable, whatever it is: a text there ends a German page."""
    assert {name for name in PLURAL.findall(path.read_text()) if name != "count"} == set()


def test_the_text_of_a_template_is_kept_as_jinja_asks_for_it(found):
    """With "%%" for a percent sign, also out of {% trans %}: any other key is never found."""
    for entry in entries(found):
        texts = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        if any(path.startswith("templates/") for path, _ in entry.locations):
            assert [text for text in texts if "%" in PLACEHOLDER.sub("", text)] == []


def sources():
    return [
        path for path in sorted((ROOT / "app").rglob("*.py"))
        # What a host says of a robot's code is for the author of that code, in English as it is.
        if not {"quant", "edge", "cli", "backup", "host"} & set(path.parts)
        and path.name not in {"cli.py", "demo.py"}
    ]  # fmt: skip


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, getattr(node.func, "id", getattr(node.func, "attr", ""))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_marked_texts_are_in_the_catalogue(path, found):
    known = {text for entry in entries(found) for text in (
        entry.id if isinstance(entry.id, tuple) else (entry.id,)
    )}  # fmt: skip
    for call, name in calls(ast.parse(path.read_text())):
        if name in MARKS:
            at = 1 if name.endswith("pgettext") else 0
            text = call.args[at] if len(call.args) > at else None
            assert not isinstance(text, ast.JoinedStr), f"line {call.lineno}: an f-string"
            if isinstance(text, ast.Constant):
                assert text.value in known, f"line {call.lineno}: not found by the extractor"


OPERATORS = {
    # Read on the command line or in the service's own log; a person on a page never sees them.
    "flask sites list", "its owner has to connect it again", "differ from those of the groups",
    "delete it, or set the key", "needs an open transaction", "does not fit into 64 bits",
    "a time without a zone", "row 2: there are no bars", "there is no setting", "setting ",
    "the ledger refused", "The token of the edge", "There is no account with the address",
    "a claim is there twice", "run flask db-upgrade", "in a transaction of its own",
    "RATE_LIMITS: ", "ENCRYPTION_KEY", "SMTP_URL must", "This installation is held",
    "robot.py", "metadata.json", ": is longer than", ": cannot be read", "is not text in UTF-8", "there is no trading account", "refused what we asked for",
    "the provider is asked outside of transactions", "a period ends after it begins",
    " cannot be shared by ", "must be one of ", "prices rise from plan", "two plans have one key",
    "one plan at most is popular", "least is above most", ": no feature is called ",
    "the ladders are", "plan   of  : ", "the journal is gone",
    " is not counted", "key is one line of up to", " is a ", "in an open transaction()",
    "is at least 1", " takes ", " is no topic of mails: ",
    "the answer is too large", "left alone after failures", ": there is no ",
    "it said: ", "the connection has ended", "the key is refused", "no answer",
    "silent though the market is open", "There is no invariant", "Redis does not answer", "_FILE: ", "has no attribute",
    "the gateway answered with ", " is another event of account ", " has no readable truth.json",
}  # fmt: skip


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_an_error_says_is_marked(path):
    tree = ast.parse(path.read_text())
    said_by = [call.args[0] for call, name in calls(tree) if name.endswith("Error") and call.args]
    said_by += [
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message"
    ]  # fmt: skip
    for node in said_by:
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        words = " ".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        has_words = " " in words.strip() and re.search(r"[a-z]", words)
        if has_words and not any(known in words for known in OPERATORS):
            pytest.fail(f"line {node.lineno}: {words!r} is not marked with gettext")
