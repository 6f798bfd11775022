"""Every fragment in another language: nothing of it stays English."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from babel.support import NullTranslations

from app.core import clock
from app.core.db import transaction
from app.core.i18n import Language
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.moderation import service as moderation
from app.moderation.schemas import DecisionIn
from app.performance import service as performance
from app.robots import service as robots
from tests.factories import plans
from tests.factories.performance import make_account, make_day

WP_USER = 7
GERMAN = {"Accept-Language": "de-DE"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", **GERMAN}
HEADER = "external_id,executed_at,symbol,side,qty,price,fee,currency\n"
ROWS = HEADER + (
    "a1,2025-03-03T15:00:00Z,NVDA,buy,2,100,1,USD\n"
    "a2,2025-03-03T16:00:00Z,NVDA,sell,2,110,1,USD\n"
    "a3,2025-03-04T16:00:00Z,NVDA,sell,-2,110,1,USD\n"
    "a4,2025-03-04,NVDA,sell,x,110,1,USD\n"
    "=a5,2025-03-04T16:00:00Z,NVDA,sell,2,110,1\n"
)
TABS = ("overview", "robots", "journal", "accounts", "settings")

# --- A language in which every translated text shows its marks ---


class Marked(NullTranslations):
    """Puts ⟦ ⟧ around each text of the catalogue, and not around what is filled in."""

    def ugettext(self, message):
        return mark(message)

    def ungettext(self, singular, plural, num):
        return mark(singular if num == 1 else plural)

    def upgettext(self, context, message):
        return (
            {"d MMM y": "d.M.y", "d MMM": "d.M.", "MMM y": "M.y"}[message]
            if (context == "date")
            else mark(message)
        )


def mark(message):
    pieces = re.split(r"(%\(\w+\)s)", message)
    return "".join(
        piece if piece.startswith("%(") or not piece.strip() else f"⟦{piece}⟧" for piece in pieces
    )


SAID = {"aria-label", "data-label", "title", "placeholder", "alt", "hx-confirm"}


class Reader(HTMLParser):
    """Collects what a person sees or hears of a fragment."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.is_code = False

    def handle_starttag(self, tag, attributes):
        self.is_code = tag in {"textarea", "code"}
        self.found += [value for name, value in attributes if name in SAID and value]

    def handle_data(self, data):
        if not self.is_code:
            self.found.append(data)


NOT_WORDS = re.compile(
    r"""
    https?://\S+ | \b[0-9a-f]*:[0-9a-f:]+/\d+           # addresses
    | \b(?:Jan|Feb|Mär|März|Apr|Mai|Jun|Juni|Jul|Juli|Aug|Sep|Sept|Okt|Nov|Dez)\b\.?  # months
    | \b(?:EST|EDT|USD|EUR)\b                            # zones, currencies
    | \b(?:Tsd|Mio)\b\.?                                 # the axis
    | \b(?:NVDA|AAPL|journal|fills\.csv|a\d)\b           # what the member sent
    | \b(?:performance|ledger|keys|profile|webhooks|trading):(?:read|write)\b  # scopes
    | \b(?:row|side|qty|price|fee|file|symbol|executed_at|external_id|name|text)\b  # columns
    | trp_live_\w+(?:[.]\S+)?…?                          # keys
    | \b[0-9a-f]{12,64}\b                                # hashes
    | \b\w*\s?\(\w+\)                                    # an account named "journal (journal)"
    """,
    re.VERBOSE,
)


def english_left(html, names):
    """Return what of a fragment is neither marked, nor a name, a number or a code."""
    reader = Reader()
    reader.feed(html)
    left = []
    for text in reader.found:
        rest = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        for name in names:
            rest = rest.replace(name, " ")
        if re.search(r"[A-Za-zÄÖÜäöü]", NOT_WORDS.sub(" ", rest)):
            left.append(text.strip())
    return left


# --- A site with everything on it ---


@pytest.fixture
def names(app):
    """The robots' names, which stay as they are."""
    with transaction():
        robots.sync_catalogue(demo=True)
    return sorted((robot.name for robot in robots.list_robots()), key=len, reverse=True)


@pytest.fixture
def record(member, names):
    """Give a robot a ranked account with forty days."""

    def make(plugin_id, pnls, kind="paper", days=40, **columns):
        today = datetime.now(UTC).date()
        dates = [today - timedelta(days=ago) for ago in range(days, 0, -1)]
        with transaction():
            account = make_account(
                member(f"{plugin_id}-{kind}@example.test"),
                plugin_id,
                kind,
                **{"is_ranked": True, "starting_balance": 25_000, **columns},
                opened_on=dates[0],
            )
            for index, day in enumerate(date for date in dates if date.weekday() < 5):
                make_day(account, day, *pnls, **({"opening": 25_000} if index == 0 else {}))
            performance.refold_account(account.id, "USD", dates[0].toordinal())
            performance.refold_robot(plugin_id, "USD", dates[0].toordinal())
        return account

    return make


@pytest.fixture
def market(record):
    """Records of all kinds: paper, live, both, chance, too short, and a backtest."""
    record("gap_fade", ("120.00", "-40.00"), is_simulated=True)
    record("night_desk", ("-120.00", "40.00"))
    record("copper_line", ("90.00", "-40.00"), kind="live")
    record("slow_crossing", ("90.00",), kind="live")
    record("slow_crossing", ("70.00",))
    record("null_coin", ("5.00", "-6.00"), kind="null")
    record("mean_harbor", ("10.00",), days=3)
    record("ma_cross", ("60.00", "-20.00"), kind="backtest", is_ranked=False)


@pytest.fixture
def owner(site, member, names):
    user_id = member("owner@example.test")
    site.link(WP_USER, user_id)
    return user_id


@pytest.fixture
def trades(owner):
    """Write round trips of the member: one account with a balance, one without, one backtest."""
    plans.with_api(owner)
    now = clock.now()

    def fills(count, first):
        for number in range(count):
            at = now - timedelta(days=first - number % first, minutes=30)
            for side, price, late in (("buy", "100", 0), ("sell", "103", 5)):
                when = (at + timedelta(minutes=late)).isoformat()
                yield FillIn(f"{number}{side}", when, "NVDA", side, "2", price, "1", "USD")

    accounts = []
    with transaction():
        for plugin, kind, count, balance in (
            ("gap_fade", "paper", 40, 1000), ("journal", "journal", 3, None),
            ("night_desk", "backtest", 3, 1000),
        ):  # fmt: skip
            book = ledger.open_account(owner, plugin, kind, starting_balance=balance)
            ledger.record_fills(book.id, list(fills(count, 45)), source="api")
            accounts.append(book.id)
    performance.rebuild()
    return accounts


@pytest.fixture
def ask(site):
    def call(path, body=None, *, wp_user_id=WP_USER, headers=None):
        sent = {"data": body.encode()} if body is not None else {}
        return site.request(
            "GET" if body is None else "POST",
            f"/embed/{path}",
            wp_user_id=wp_user_id,
            caps=["read"],
            headers=headers or (GERMAN if body is None else FORM),
            **sent,
        )

    return call


@pytest.fixture
def upload(ask):
    def send(content, name="fills.csv"):
        parts = {
            'form-data; name="plugin_id"': "journal",
            f'form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv': content,
        }
        body = "".join(
            f"--xx\r\nContent-Disposition: {head}\r\n\r\n{text}\r\n" for head, text in parts.items()
        )
        headers = {"Content-Type": "multipart/form-data; boundary=xx", **GERMAN}
        return ask("imports", f"{body}--xx--\r\n", headers=headers)

    return send


@pytest.fixture
def marked(app, names):
    """Switch to the language of marks; `marked(response)` fails on what is not in it."""
    app.extensions["languages"]["de"] = Language("de", Marked())

    def check(response, status=200, *known):
        assert response.status_code == status, response.text
        assert english_left(response.text, [*known, *names]) == []
        return response

    return check


# --- Nothing is English ---

BOARDS = (
    "performance", "leaderboard-table", "leaderboard-table?rows=5", "leaderboard-table?kind=live",
    "leaderboard-table?period=day&sort=sharpe", "leaderboard-table?strategy=options",
    "marketplace", "robot-cards?view=list", "robot-cards?sort=name", "robot-cards?result=loss",
    "robot-cards?strategy=options", "robot/gap_fade", "robot/ma_cross", "robot/copper_line",
    "robot/mean_harbor", "robot/twin_ferry", "robot/null_coin", "robot/slow_crossing",
    "marketplace?robot=night_desk", "pricing",
)  # fmt: skip


def pseudonyms(html):
    return re.findall(r"\b[A-Z][a-z]+ [A-Z][a-z]+ \d{2,4}\b", html)


def test_public_pages_are_wholly_in_the_readers_language(ask, marked, market):
    for path in BOARDS:
        response = ask(path, wp_user_id=0)
        marked(response, 200, *pseudonyms(response.text))


@pytest.mark.parametrize("path", BOARDS[:9])
def test_pages_without_any_record_are_too(ask, marked, path):
    marked(ask(path, wp_user_id=0))


def test_a_members_pages_are_wholly_in_the_readers_language(ask, marked, owner, trades):
    for tab in TABS:
        response = ask(f"dashboard?tab={tab}")
        marked(response, 200, *pseudonyms(response.text))
    for reach in ("1m", "all"):
        marked(ask(f"dashboard-overview?range={reach}"))


def test_a_new_members_pages_are_too(ask, marked, owner):
    for tab in TABS:
        response = ask(f"dashboard?tab={tab}")
        marked(response, 200, *pseudonyms(response.text))


def test_forms_and_their_errors_are_too(ask, marked, owner, trades):
    marked(ask("import-form"))
    created = marked(ask("api-keys", urlencode({"name": "fills.csv", "scopes": "ledger:read"})))
    key = re.search(r"/embed/api-keys/(\d+)/revoke", created.text)[1]
    marked(ask(f"api-keys/{key}/revoke", ""))
    marked(ask("api-keys", urlencode({"name": "", "scopes": "ledger:read"})), 422)
    marked(ask("api-keys", urlencode({"name": "fills.csv"})), 422, "scopes")
    journal = trades[1]
    marked(ask(f"accounts/{journal}/opening", "starting_balance=x"), 422)
    marked(ask(f"accounts/{journal}/opening", "starting_balance=500"))
    marked(ask(f"accounts/{journal}/opening", "starting_balance=600"), 422)


def test_an_import_is_too_from_the_file_to_the_rows(ask, marked, upload, owner):
    for content in ("", "a,b\n1,2\n", HEADER, "PK\x03\x04", HEADER.replace("qty", "fee")):
        marked(upload(content), 422, "asset_class", "fee_currency", "multiplier", "currency")
    preview = marked(upload(ROWS))
    number = re.search(r"/embed/imports/(\d+)/start", preview.text)[1]
    marked(ask(f"imports/{number}/start", ""))
    ledger.run_import(int(number), "de_DE")
    marked(ask(f"imports/{number}"))
    number = re.search(r"/embed/imports/(\d+)/cancel", upload(ROWS).text)[1]
    marked(ask(f"imports/{number}/cancel", ""))


def test_requests_to_the_administrators_are_too(ask, marked, site, owner):
    def check(response, status=200):
        marked(response, status, "Ada Love", *pseudonyms(response.text))

    for wish in ("x", "12345", "a<b"):
        check(ask("public-name", urlencode({"name": wish})), 422)
    check(ask("public-name", urlencode({"name": "Ada Love"})))
    case = moderation.name_case(site.site_id, owner)
    for decision in ("approve", "reject"):
        with transaction():
            moderation.decide(site.site_id, case.id, DecisionIn(decision=decision), by=owner)
        check(ask("public-name"))
    check(ask("public-name/withdraw", ""))
    report = {"robot": "gap_fade", "reason": "other", "text": "12345678901"}
    check(ask("reports", urlencode(report | {"text": "1"})), 422)
    check(ask("reports", urlencode(report)))


@pytest.mark.parametrize(
    ("path", "status"), [("nothing", 404), ("robot/no_such", 404), ("imports/99", 404)]
)
def test_errors_are_too(ask, marked, owner, path, status):
    marked(ask(path), status)


def test_who_may_not_is_told_in_the_readers_language(ask, marked, names):
    marked(ask("dashboard", wp_user_id=0), 401)
    marked(ask("performance", "", wp_user_id=0), 405)


# --- German ---


def test_german_readers_get_german_texts_numbers_and_dates(ask, owner, trades):
    response = ask("dashboard")
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))
    assert "Übersicht" in shown
    assert "Ihre Konten zusammen (Journal und Papier), in USD." in shown
    assert "Trefferquote, 95 %" in shown
    assert re.search(r"\+\d+,\d\d\xa0\$", response.text)
    assert response.headers["Content-Language"] == "de"
    assert "Accept-Language" in response.headers["Vary"]


def test_a_language_that_we_do_not_speak_is_answered_in_english(site, owner):
    headers = {"Accept-Language": "fi-FI"}
    response = site.get("/embed/dashboard", wp_user_id=WP_USER, caps=["read"], headers=headers)
    assert "Overview" in response.text
    assert response.headers["Content-Language"] == "en"


def test_another_language_is_no_unchanged_overview(site, ask, owner):
    german = ask("dashboard-overview")
    headers = {"Accept-Language": "en", "If-None-Match": german.headers["ETag"]}
    english = site.get(
        "/embed/dashboard-overview", wp_user_id=WP_USER, caps=["read"], headers=headers
    )
    assert english.status_code == 200
    assert "Overview" in english.text


def test_the_api_tells_its_errors_in_the_language_of_who_asks(client, site, owner, bearer):
    key = bearer(owner, ["ledger:write"])
    body = {"plugin_id": "journal", "fills": [{"external_id": "a"}], "more": 1}
    german = client.post("/api/ledger/fills", json=body, headers={**key, **GERMAN})
    english = client.post("/api/ledger/fills", json=body, headers=key)
    assert german.json["detail"] == "more: unbekanntes Feld"
    assert english.json["detail"] == "more: unknown field"
    assert german.json["code"] == english.json["code"]


def test_rows_that_a_job_refuses_are_told_in_the_language_of_the_member(upload, ask, site, owner):
    number = re.search(r"/embed/imports/(\d+)/start", upload(ROWS).text)[1]
    ask(f"imports/{number}/start", "")
    ledger.run_import(int(number), "de")
    refusals = ledger.get_import(owner, int(number)).refusals
    assert refusals[0]["reason"] == "muss größer als null sein"
