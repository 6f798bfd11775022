"""Lists: filters, pages, the newest first."""

from __future__ import annotations

from .errors import ApiError, invalid, missing
from .form import Params
from .render import render

PAGE = 10
LARGEST_PAGE = 100
DONE = object()
PAGING = {"limit", "starting_after", "ending_before", "expand", "created"}
RANGE = {
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
}


def filtered(world, p: Params, bodies, filters) -> list[dict]:
    """Return the objects that the request asks for.

    `filters` names parameters; each stands for a field of its name, or for the one after a "=".
    """
    fields = dict(entry.split("=") if "=" in entry else (entry, entry) for entry in filters)
    found = [one for one in bodies if one.get("_account") == world.account]
    for param, wanted in p.items():
        if param in fields:
            found = [one for one in found if _fits(_field(one, fields[param]), _typed(wanted))]
        elif param not in PAGING:
            # Stripe may know it; to act as if nothing had been asked would be a wrong answer.
            message = f"Received unknown parameter: {param} (or the test till does not know it)"
            raise invalid(message, param, "parameter_unknown")
    return _in_range(p, found)


def _fits(value, wanted):
    """Compare with what was asked; of a hash only the named fields count."""
    if value is DONE:
        return True
    if isinstance(wanted, dict) and isinstance(value, dict):
        return all(_fits(value.get(name), _typed(one)) for name, one in wanted.items())
    if isinstance(wanted, list):
        return value in wanted
    return value == wanted


def _typed(value):
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _field(body, name):
    return DONE if name == "_any" else body.get(name)


def _in_range(p, found):
    created = p.get("created")
    if created is None:
        return found
    if not isinstance(created, dict):
        return [one for one in found if _made(one) == p.whole("created")]
    limits = p.nested("created")
    for name in limits:
        if name not in RANGE:
            raise invalid(
                f"Received unknown parameter: created[{name}]",
                limits.name(name),
                "parameter_unknown",
            )
        limit = limits.whole(name)
        found = [one for one in found if RANGE[name](_made(one), limit)]
    return found


def _made(body):
    return body["created"] if "created" in body else body["date"]


def page(world, p: Params, bodies, url) -> dict:
    """Return one page as a list object."""
    limit = p.whole("limit", PAGE)
    if not 1 <= limit <= LARGEST_PAGE:
        message = f"This value must be between 1 and {LARGEST_PAGE}."
        raise invalid(message, "limit", "parameter_invalid_integer")
    newest = sorted(bodies, key=lambda one: one.get("_seq", 0), reverse=True)
    chosen, more = _cut(world, p, newest, limit)
    expand = [path.removeprefix("data.") for path in p.words("expand")]
    data = [render(world, one, expand) for one in chosen]
    return {"object": "list", "data": data, "has_more": more, "url": url}


def _cut(world, p, newest, limit):
    after, before = p.text("starting_after"), p.text("ending_before")
    if after and before:
        message = "You may only specify one of these parameters: ending_before, starting_after."
        raise ApiError(400, "invalid_request_error", message)
    if after:
        rest = newest[_place(world, newest, after, "starting_after") + 1 :]
        return rest[:limit], len(rest) > limit
    if before:
        # The page right before an object; its own order stays "newest first".
        rest = newest[: _place(world, newest, before, "ending_before")]
        return rest[-limit:], len(rest) > limit
    return newest[:limit], len(newest) > limit


def _place(world, newest, key, param):
    for at, one in enumerate(newest):
        if one["id"] == key:
            return at
    known = world.any(key)
    if known is None:
        raise missing("object", key, param, in_path=False)
    # An object that the filters leave out still has its place in the order.
    older = [at for at, one in enumerate(newest) if one["_seq"] < known["_seq"]]
    place = older[0] if older else len(newest)
    return place if param == "ending_before" else place - 1
