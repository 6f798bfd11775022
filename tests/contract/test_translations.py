"""The plugin's texts: all found, all in German, compiled, and spoken by a real WordPress."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts import phpcode
from scripts.translations import catalogs, extract
from scripts.translations.__main__ import PLUGIN, template_of

FOLDER = PLUGIN / "languages"
POT = FOLDER / "trading-robot-service.pot"
PLACEHOLDER = re.compile(r"%(?:\d+\$)?[-+0]?\d*(?:\.\d+)?[sdfFeg]|%%")
TAG = re.compile(r"</?[a-z]+")
# One word for one thing, in German too: what the English text says, and what the German must.
TERMS = {
    r"\bwin rate": "Trefferquote",
    r"\bprofit factor": "Profitfaktor",
    r"\bleaderboard": "Rangliste",
    r"\bmarketplace": "Marktplatz",
    r"\bdrawdown": "Drawdown",
    r"\bfills?\b": "Ausführung",
    r"\bpseudonym\b": "Pseudonym",
    r"\bAPI keys?\b": "API-Schlüssel",
    r"\bnot investment advice|is investment advice": "Anlageberatung",
}
# "Du" and its forms; "Sie" is meant, and "ihr" also means "her".
FAMILIAR = re.compile(r"\b(?:du|dich|dir|dein\w*|euch|euer\w*|eure\w*)\b", re.IGNORECASE)


def keys(catalog) -> set[tuple[str | None, object]]:
    return {
        (entry.context, entry.id if isinstance(entry.id, str) else tuple(entry.id))
        for entry in catalogs.entries(catalog)
    }


@pytest.fixture(scope="module")
def fresh():
    return template_of(PLUGIN)


@pytest.fixture(params=sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def po(request) -> Path:
    return request.param


def test_the_template_holds_every_text_of_the_sources(fresh):
    assert keys(catalogs.read(POT)) == keys(fresh), "run `make translations`"
    assert len(fresh) > 500


def test_a_translation_is_complete(po, fresh):
    catalog = catalogs.read(po, po.stem.split("-")[-1])

    assert catalogs.untranslated(catalog) == []
    assert keys(catalog) == keys(fresh)


def test_a_translation_keeps_placeholders_and_tags(po):
    for entry in catalogs.entries(catalogs.read(po, po.stem.split("-")[-1])):
        ids = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        for said in catalogs.said(entry):
            wanted = [sorted(PLACEHOLDER.findall(text)) for text in ids]
            assert sorted(PLACEHOLDER.findall(said)) in wanted, said
            assert sorted(TAG.findall(said)) == sorted(TAG.findall(ids[0])), said
            assert said == said.strip(), said
            assert (ids[0][-1] in ".:?!") == (said[-1:] in (*".:?!",)), said


def test_what_is_compiled_is_what_was_translated(po):
    for path, content in catalogs.compile_all(po).items():
        assert path.read_bytes() == content, f"{path.name}: run `make translations`"


def test_german_uses_the_words_of_finance_and_is_polite():
    for entry in catalogs.entries(
        catalogs.read(FOLDER / "trading-robot-service-de_DE.po", "de_DE")
    ):
        english = entry.id if isinstance(entry.id, str) else " ".join(entry.id)
        german = " ".join(catalogs.said(entry))
        for word, term in TERMS.items():
            if re.search(word, english, re.IGNORECASE):
                assert term.lower() in german.lower(), german
        assert not FAMILIAR.search(german), german


def test_it_finds_texts_in_php():
    code = """<?php
__( 'Plain', 'd' ); esc_html_e( 'Printed', 'd' ); esc_attr_x( 'May', 'month', 'd' );
/* translators: %s: a number. */
$a = _n( '%s robot', '%s robots', 2, 'd' ); // __( 'in a comment', 'd' );
_nx_noop( 'One', 'Many', 'ctx', 'd' ); __( $variable, 'd' ); $this->__( 'of a method', 'd' );
echo 'It is ' . __( 'It\\'s', 'd' ); other( 'No text' );"""
    found = list(extract.from_php(phpcode.read({"a.php": code})["a.php"]))

    assert [(m.text, m.plural, m.context) for m in found] == [
        ("Plain", None, None),
        ("Printed", None, None),
        ("May", None, "month"),
        ("%s robot", "%s robots", None),
        ("One", "Many", "ctx"),
        ("It's", None, None),
    ]
    assert [m.comment for m in found if m.comment] == ["translators: %s: a number."]


def test_it_finds_texts_in_scripts_and_blocks(tmp_path):
    script = tmp_path / "a.js"
    script.write_text(
        "var __ = wp.i18n.__;\n/* translators: %s: a name. */\n__( 'Robot %s', 'd' );\n"
        "wp.i18n._n( 'One', 'Many', n, 'd' ); _x( 'May', 'month', 'd' ); other( 'no' );\n"
    )
    block = {"title": "T", "description": "D", "keywords": ["k", "l"], "name": "n/n"}

    found = [*extract.from_script(script, "a.js"), *extract.from_block(block, "block.json")]

    assert [(m.text, m.plural, m.context) for m in found] == [
        ("Robot %s", None, None),
        ("One", "Many", None),
        ("May", None, "month"),
        ("T", None, "block title"),
        ("D", None, "block description"),
        ("k", None, "block keyword"),
        ("l", None, "block keyword"),
    ]
    assert found[0].comment == "translators: %s: a name."


def test_compiling_writes_plurals_contexts_and_one_json_a_script(tmp_path):
    po = tmp_path / "x-de_DE.po"
    catalog = catalogs.template(
        [
            extract.Message("One", "src/a.php", "Many"),
            extract.Message("May", "assets/a.js", context="month"),
            extract.Message("Left", "src/a.php"),
        ],
        "X",
        "1.0",
    )
    catalogs.write(tmp_path / "x.pot", catalog)
    po.write_bytes((tmp_path / "x.pot").read_bytes())
    german = catalogs.read(po, "de_DE")
    catalogs.merge(german, catalog)
    german.get("One").string = ("Eins", "Viele's")
    german.get("May", "month").string = "Mai"
    catalogs.write(po, german)

    files = catalogs.compile_all(po)

    assert catalogs.untranslated(catalogs.read(po, "de_DE")) == ["Left"]
    php = files[tmp_path / "x-de_DE.l10n.php"].decode()
    assert "'One' => 'Eins' . \"\\0\" . 'Viele\\'s'," in php
    assert "'month' . \"\\4\" . 'May' => 'Mai'," in php
    assert "Left" not in php
    assert b"Eins\0Viele" in files[tmp_path / "x-de_DE.mo"]
    (data,) = [json.loads(text) for name, text in files.items() if name.suffix == ".json"]
    assert data["source"] == "assets/a.js"
    assert data["locale_data"]["messages"]["month\4May"] == ["Mai"]
