"""Screenshots on the page: the form, what was read, and the rows that its owner confirms."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core import clock
from app.core.errors import AppError
from app.core.formatters import NEW_YORK, qty
from app.core.i18n import gettext, lazy_gettext
from app.embed.schemas import OptionsQuery
from app.embed.service.options.positions import RIGHTS, SIDES
from app.screenshots import service as screenshots
from app.screenshots.schemas import Found, ScreenshotOut

MOST_ROWS = 40
MOST_AT_ONCE = 5
FIELDS = ("symbol", "right", "strike", "expiry", "side", "qty", "price", "opened_on")
NAMES = {"ticker": "symbol", "quantity": "qty", "entry_price": "price"}
STATES = {
    "waiting": lazy_gettext("Waiting to be read"),
    "reading": lazy_gettext("Being read"),
    "done": lazy_gettext("Read, not confirmed yet"),
    "unreadable": lazy_gettext("Nothing found"),
    "failed": lazy_gettext("Not read"),
    "confirmed": lazy_gettext("Confirmed"),
}
OPEN = frozenset({"waiting", "reading"})
REASONS = {
    "budget": lazy_gettext(
        "What may be spent on models in a day is used up. The next day begins at midnight UTC."
    ),
    "budget_month": lazy_gettext(
        "Your own key has reached the limit that you have set for a month. Raise it, or wait for the "
        "first of the next month."
    ),
    "budget_request": lazy_gettext(
        "Reading this picture costs more than one may. Cut the list of positions out, and send that."
    ),
    "away": lazy_gettext("Nothing could read it at the moment. Try again in a minute."),
    "answer": lazy_gettext("The model's answer could not be used. Read it once more."),
    "lost": lazy_gettext("The reading was cut off on its way. Read it once more."),
    "refused": lazy_gettext("This picture could not be read."),
    "fault": lazy_gettext(
        "Something went wrong on our side; we have been told. Read it once more."
    ),
}
NOTES = {
    "unseen": lazy_gettext("Not to be seen in the picture."),
    "absurd": lazy_gettext("This can hardly be."),
    "broken": lazy_gettext("Contracts come in whole numbers."),
    "past": lazy_gettext("This contract has expired: is that what you mean?"),
    "far": lazy_gettext("So far off, no option is listed."),
    "weekend": lazy_gettext("This day is on a weekend."),
    "off_chain": lazy_gettext("The newest option chain has no such contract."),
    "off_market": lazy_gettext("Far from the market's price."),
}
BROKERS = {
    "tastytrade": "tastytrade",
    "thinkorswim": "thinkorswim",
    "interactive_brokers": "Interactive Brokers",
    "robinhood": "Robinhood",
    "webull": "Webull",
}


@dataclass(frozen=True)
class Row:
    """A position in the form."""

    index: int
    number: int | None
    values: Mapping[str, str]
    found: Found | None = None
    is_taken: bool = True
    asked: Sequence[str] = ()
    sure: Sequence[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    held: str = ""


@dataclass(frozen=True)
class Review:
    """A picture with the rows of its form."""

    shot: ScreenshotOut
    rows: list[Row]
    message: str = ""

    @property
    def state(self) -> str:
        """The state in words."""
        return str(STATES[self.shot.state])

    @property
    def reason(self) -> str:
        """Why there is no reading, in words."""
        return str(REASONS.get(self.shot.reason, ""))

    @property
    def is_open(self) -> bool:
        """Whether the reading is still to come."""
        return self.shot.state in OPEN

    @property
    def broker(self) -> str:
        """The broker's name; empty where it was not told."""
        return BROKERS.get(self.shot.broker or "", "")


def screenshots_panel(user_id: int, query: OptionsQuery, error: str = "") -> dict[str, Any]:
    """Return the form, a member's pictures, and the one that is looked at."""
    kept = screenshots.list_screenshots(user_id)
    return {
        "shots": [(each, str(STATES[each.state])) for each in kept],
        "shots_wait": any(each.state in OPEN for each in kept),
        "review": review(user_id, int(query.shot)) if query.shot else None,
        "upload_error": error,
        "most": MOST_AT_ONCE,
        **choices(),
    }


def choices() -> dict[str, Any]:
    """Return what the selects of a review offer."""
    return {"rights": RIGHTS, "sides": SIDES}


def review(
    user_id: int,
    shot_id: int,
    form: MultiDict[str, str] | None = None,
    error: AppError | None = None,
) -> Review:
    """Return a picture with its rows, as they were read or as they were typed; `error` at its field."""
    shot = screenshots.get_screenshot(user_id, shot_id)
    rows = _read(user_id, shot) if form is None else _typed(user_id, shot, form, error)
    if not rows and shot.state in {"unreadable", "failed"}:
        rows = [_blank(0)]
    message = "" if error is None or any(row.errors for row in rows) else error.message
    return Review(shot, rows, message)


def picture(user_id: int, shot_id: int) -> str:
    """Return a picture as text that a page can carry."""
    content, _ = screenshots.get_picture(user_id, shot_id)
    return base64.b64encode(screenshots.preview(content)).decode()


def taken(form: MultiDict[str, str]) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows of a form that are to be written down, with their places in it."""
    return [
        (index, _given(form, index)) for index in range(_count(form)) if form.get(f"take_{index}")
    ]


def _given(form: MultiDict[str, str], index: int) -> dict[str, Any]:
    values = {name: form.get(f"{name}_{index}", "").strip() for name in FIELDS}
    given: dict[str, Any] = {name: value for name, value in values.items() if value}
    if number := form.get(f"number_{index}", ""):
        given["number"] = number
    return given | {"sure": form.getlist(f"sure_{index}")}


def _count(form: MultiDict[str, str]) -> int:
    count = form.get("rows", "")
    return min(int(count), MOST_ROWS) if count.isdecimal() and len(count) <= 3 else 0  # noqa: PLR2004 - digits


def _read(user_id: int, shot: ScreenshotOut) -> list[Row]:
    held = screenshots.held_already(user_id) if shot.found else {}
    order = sorted(
        shot.found, key=lambda each: (each.position.spread is None, each.position.spread or 0)
    )
    return [_row(index, each, shot, held) for index, each in enumerate(order)]


def _row(index: int, found: Found, shot: ScreenshotOut, held: Mapping[Any, Decimal]) -> Row:
    seen = found.position
    amount, price = seen.quantity.value, seen.entry_price.value
    values = {
        "symbol": seen.ticker.value,
        "right": seen.right.value or "call",
        "strike": seen.strike.value,
        "expiry": seen.expiry.value,
        "side": "sell" if amount is not None and amount < 0 else "buy",
        "qty": None if amount is None else abs(amount),
        "price": None if price is None else abs(price),
        # Nothing is opened after its last day.
        "opened_on": min(clock.now().astimezone(NEW_YORK).date(), seen.expiry.value or date.max),
    }
    name = (seen.ticker.value, seen.right.value, seen.strike.value, seen.expiry.value)
    told = (
        gettext("You hold %(count)s of this already.", count=qty(held[name]))
        if name in held
        else ""
    )
    return Row(
        index,
        found.number,
        {key: _text(value) for key, value in values.items()},
        found,
        # The very same amount is most likely the same position.
        is_taken=held.get(name) != amount,
        asked=[NAMES.get(each, each) for each in shot.asked[found.number]],
        notes={NAMES.get(key, key): str(NOTES[note]) for key, note in found.notes.items()},
        held=told,
    )


def _typed(
    user_id: int, shot: ScreenshotOut, form: MultiDict[str, str], error: AppError | None
) -> list[Row]:
    known = {row.number: row for row in _read(user_id, shot)}
    places = [index for index, _ in taken(form)]
    faults = _faults(error, places)
    rows = []
    for index in range(_count(form)):
        number = form.get(f"number_{index}", "")
        row = known.get(int(number)) if number.isdecimal() and len(number) <= 4 else None  # noqa: PLR2004 - digits
        rows.append(
            Row(
                index,
                row.number if row else None,
                {name: form.get(f"{name}_{index}", "") for name in FIELDS},
                row.found if row else None,
                is_taken=bool(form.get(f"take_{index}")),
                asked=row.asked if row else (),
                sure=form.getlist(f"sure_{index}"),
                notes=row.notes if row else {},
                errors=faults.get(index, {}),
                held=row.held if row else "",
            )
        )
    if form.get("add") and len(rows) < MOST_ROWS:
        rows.append(_blank(len(rows)))
    return rows


def _faults(error: AppError | None, places: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for fault in (error.details.get("errors") or []) if error else []:
        parts = str(fault["pointer"]).strip("/").split("/")
        if len(parts) >= 3 and parts[1].isdecimal() and int(parts[1]) < len(places):  # noqa: PLR2004 - positions, row, field
            detail = str(fault["detail"])
            found.setdefault(places[int(parts[1])], {})[parts[2]] = detail[:1].upper() + detail[1:]
    return found


def _blank(index: int) -> Row:
    today = clock.now().astimezone(NEW_YORK).date()
    return Row(index, None, {"right": "call", "side": "buy", "opened_on": _text(today)})


def _text(value: Any) -> str:
    if value is None:
        return ""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
