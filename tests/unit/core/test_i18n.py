"""Which language is spoken, and that a translated text is as safe as an English one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from flask import render_template_string
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import PydanticKnownError

from app.core import faults, formatters, i18n
from app.core.parse import parse


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("", "en"), ("de", "de"), ("de-DE", "de"), ("de-AT,en;q=0.5", "de"), ("fi,de;q=0.3", "de"),
        ("en-GB,de;q=0.9", "en"), ("xx-*broken;q", "en"),
    ],
)  # fmt: skip
def test_the_best_language_of_who_asks_is_spoken(app, asked, spoken):
    with app.test_request_context(headers={"Accept-Language": asked}):
        assert i18n.language() == spoken


def test_outside_a_request_english_is_spoken_unless_a_job_says_otherwise(app):
    assert i18n.gettext("Overview") == "Overview"
    with i18n.in_language("de_DE"):
        assert i18n.gettext("Overview") == "Übersicht"
        with i18n.in_language("xx"):
            assert i18n.language() == "en"
        assert i18n.language() == "de"
    assert i18n.language() == "en"


def test_without_an_application_texts_are_english():
    assert i18n.gettext("must stay below %(most)s", most=3) == "must stay below 3"
    assert i18n.ngettext("%(num)s row", "%(num)s rows", 2) == "2 rows"
    assert str(i18n.lazy_pgettext("side of a fill", "Buy")) == "Buy"


def test_what_is_filled_into_a_template_is_escaped_and_a_lazy_text_is_text(app):
    with app.test_request_context():
        shown = render_template_string(
            '{{ _("%(name)s, return", name=name) }} {{ lazy }} {{ _("Win rate, 95%%") }}'
            "{% trans name=name %}{{ name }} by month{% endtrans %}",
            name="<b>",
            lazy=i18n.lazy_gettext("Net P&L"),
        )
    assert shown == "&lt;b&gt;, return Net P&amp;L Win rate, 95%&lt;b&gt; by month"


def test_a_list_may_end_with_a_word():
    assert i18n.listed([]) == ""
    assert i18n.listed(["live"], " and ") == "live"
    assert i18n.listed(["live", "paper", "copy"]) == "live, paper, copy"
    assert i18n.listed(["live", "paper", "copy"], " and ") == "live, paper and copy"


def test_months_and_whole_sums_follow_the_language(app):
    assert formatters.month(date(2026, 3, 1)) == "Mar 2026"
    assert formatters.month_names()[2] == "Mar"
    assert formatters.whole_money(0) == "$0"
    with i18n.in_language("de"):
        assert formatters.day(date(2026, 3, 1)) == "1. März 2026"
        assert formatters.month_names()[4] == "Mai"
        assert formatters.whole_money(0) == "0\xa0$"
        assert formatters.signed_money(Decimal("1214.75")) == "+1.214,75\xa0$"
        assert formatters.percent(Decimal("43.75"), 1) == "43,8\xa0%"


class Form(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=3)]
    kind: Literal["live", "paper"]
    count: Annotated[int, Field(gt=1, le=5)]


@pytest.mark.parametrize(
    ("given", "english", "german"),
    [
        (
            {"name": "a", "kind": "live", "count": 2},
            "name: String should have at least 2 characters",
            "name: Muss mindestens 2 Zeichen haben",
        ),
        (
            {"name": "ab", "kind": "demo", "count": 2},
            "kind: Input should be 'live' or 'paper'",
            "kind: Erlaubt sind nur 'live', 'paper'",
        ),
        (
            {"name": "ab", "kind": "live", "count": 1},
            "count: Input should be greater than 1",
            "count: Muss größer als 1 sein",
        ),
        ({"name": "ab", "kind": "live"}, "count: Field required", "count: Diese Angabe fehlt"),
    ],
)
def test_faults_of_a_form_are_told_in_the_language_of_who_sent_it(app, given, english, german):
    with pytest.raises(Exception, match=english):
        parse(Form, given)
    with i18n.in_language("de"), pytest.raises(Exception, match=german):
        parse(Form, given)


@pytest.mark.parametrize("name", faults.TEXTS)
def test_our_sentences_take_the_values_that_the_library_gives(name):
    wanted = re.findall(r"%\((\w+)\)s", str(faults.TEXTS[name]))
    words = {"expected": "'a' or 'b'", "pattern": "^a$", "error": "no"}
    given = {"actual_length": 3, "field_type": "List", "class_name": "A"}
    given |= {key: words.get(key, 2) for key in wanted}
    fault = PydanticKnownError(
        name, given | {"error": ValueError("no") if name == "value_error" else "no"}
    )
    assert all(str(given[key]) in fault.message() for key in wanted)


def test_a_fault_without_our_sentence_keeps_the_librarys(app):
    with i18n.in_language("de"), pytest.raises(ValidationError) as caught:
        Form.model_validate_json("[")
    assert faults.told(caught.value.errors()[0]).startswith("Invalid JSON")
