"""What mails to members say: every topic, in HTML and in text, from one definition."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from app.notifications.rules.mail import Mail, make_message
from app.notifications.service.page import Footer, Page
from app.notifications.service.topic import money
from app.notifications.service.topics import CAMPAIGNS, TOPICS, get_topic
from tests.factories.mails import FACTS


def test_every_topic_is_tried():
    assert set(FACTS) == set(TOPICS)


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_html_and_text_say_the_same(app, name):
    topic = get_topic(name)
    facts = topic.facts.model_validate(FACTS[name])
    words = topic.words(facts)
    page = Page(
        words, "https://service.example.test", Footer("Why.", (("End it", "https://x/?a=1&b=2"),))
    )
    text, html = page.text(), page.html()
    for part in (*words.paragraphs, *words.close, *(cell for row in words.rows for cell in row)):
        assert part in text
        assert part.replace("'", "&#39;") in html
    assert "None" not in text
    assert "%(" not in text
    assert "<script" not in html
    assert "<img" not in html
    assert "src=" not in html
    assert "https://x/?a=1&amp;b=2" in html
    assert len(words.subject) <= 120
    mail = Mail(to="a@example.test", subject=words.subject, text=text, html=html, key="k")
    assert make_message(mail, "Us <us@example.test>").as_bytes()


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_facts_that_are_sparse_are_told_too(app, name):
    topic = get_topic(name)
    needed = {
        field: FACTS[name][field]
        for field, info in topic.facts.model_fields.items()
        if info.is_required()
    }
    page = Page(topic.words(topic.facts.model_validate(needed)), "https://service.example.test")
    assert "None" not in page.text()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mid\r\nBcc: all@example.test", "Mid Bcc: all@example.test"),
        (" Mid\x00\u2028 plan ", "Mid plan"),
        ("x" * 81, "x" * 79 + "…"),
        ("<b>Mid</b>", "<b>Mid</b>"),
    ],
)
def test_a_name_becomes_one_line_and_no_header(app, name, shown):
    topic = get_topic("subscription_cancelled")
    facts = topic.facts.model_validate({**FACTS[topic.name], "plan": name})
    words = topic.words(facts)
    assert shown in words.subject
    page = Page(words, "https://service.example.test")
    assert "<b>" not in page.html()
    mail = Mail(to="a@example.test", subject=words.subject, text="x", html="x", key="k")
    message = make_message(mail, "Us <us@example.test>")
    assert message["Bcc"] is None
    assert message["Subject"] == words.subject


@pytest.mark.parametrize("bad", ["", " ", "\r\n", None, 7])
def test_a_name_is_text(bad):
    facts = {**FACTS["subscription_cancelled"], "plan": bad}
    with pytest.raises(ValidationError, match="plan"):
        get_topic("subscription_cancelled").facts.model_validate(facts)


@pytest.mark.parametrize(
    ("field", "bad"),
    [("amount", -1), ("amount", 1.5), ("amount", "40"), ("currency", "dollar"), ("more", 1)],
)
def test_facts_of_another_shape_are_refused(field, bad):
    facts = {**FACTS["payment_failed"], field: bad}
    with pytest.raises(ValidationError, match=field):
        get_topic("payment_failed").facts.model_validate(facts)


def test_currencies_have_zero_two_and_three_decimals(app):
    assert [money(4000, "USD"), money(4000, "JPY"), money(4000, "KWD")] == [
        "$40.00", "¥4,000", "KWD4.000",
    ]  # fmt: skip


def test_a_topic_that_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="no topic of mails"):
        get_topic("hello")


def test_only_campaigns_can_be_ended_and_have_a_name_for_it(app):
    assert all(str(TOPICS[name].title) for name in CAMPAIGNS)
    assert not any(topic.title for topic in TOPICS.values() if not topic.is_campaign)


def test_a_trial_that_is_over_is_not_ending():
    topic = get_topic("trial_ending")
    facts = topic.facts.model_validate(FACTS["trial_ending"])
    assert topic.ends(facts) == datetime(2026, 12, 4, 12, tzinfo=UTC)


def test_the_address_that_ends_mails_stays_whole():
    """Mail programs post to it as it stands: folded or encoded it would be another one."""
    address = "https://service.example.test/mail/unsubscribe?token=" + "Wz_-.A1" * 30
    mail = Mail(to="a@example.test", subject="x", text="x", html="x", key="k", unsubscribe=address)
    raw = make_message(mail, "Us <us@example.test>").as_bytes()
    assert f"List-Unsubscribe: <{address}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
