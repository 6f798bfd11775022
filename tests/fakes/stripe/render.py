"""Objects as Stripe shows them: no private fields, expanded where asked."""

from __future__ import annotations

import copy

from .errors import invalid

# Absent unless asked for, and how they are found.
INCLUDABLE = {
    ("customer", "subscriptions"): ("subscription", "customer"),
    ("invoice", "payments"): ("invoice_payment", "invoice"),
    ("charge", "refunds"): ("refund", "charge"),
}
# Ids under these names are no objects that the fake keeps.
DEEPEST = 4


def public(value):
    """Return a copy without the fields that only the fake knows."""
    if isinstance(value, dict):
        return {name: public(one) for name, one in value.items() if not name.startswith("_")}
    if isinstance(value, list):
        return [public(one) for one in value]
    return value


def listed(bodies, url) -> dict:
    """Return a list object."""
    return {"object": "list", "data": bodies, "has_more": False, "url": url}


def render(world, body, expand=()) -> dict:
    """Return an object for an answer."""
    shown = public(body)
    for path in expand:
        steps = path.split(".")
        if len(steps) > DEEPEST + 1:
            raise invalid("You cannot expand more than 4 levels of a property", "expand")
        _expand(world, shown, steps, path)
    return shown


def _expand(world, shown, steps, path):
    first, rest = steps[0], steps[1:]
    if isinstance(shown, list):
        for one in shown:
            _expand(world, one, steps, path)
        return
    if not isinstance(shown, dict):
        return
    _include(world, shown, first)
    if first not in shown:
        message = f"This property cannot be expanded ({path})."
        raise invalid(message, "expand")
    value = shown[first]
    if isinstance(value, str) and (found := world.any(value)):
        shown[first] = public(found)
    elif isinstance(value, str) and not rest:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    if rest:
        _expand(world, shown[first], rest, path)


def _include(world, shown, name):
    kind = shown.get("object")
    if (kind, name) == ("checkout.session", "line_items"):
        lines = world.find(kind, shown["id"])["_line_items"]
        shown[name] = listed(public(lines), f"/v1/checkout/sessions/{shown['id']}/line_items")
    elif (kind, name) == ("invoice", "confirmation_secret"):
        intent = world.any(world.find(kind, shown["id"]).get("_intent") or "")
        secret = intent and {"client_secret": intent["client_secret"], "type": "payment_intent"}
        shown[name] = secret
    elif found := INCLUDABLE.get((kind, name)):
        bodies = [public(one) for one in world.all(found[0], **{found[1]: shown["id"]})]
        shown[name] = listed(bodies[::-1], f"/v1/{found[0]}s?{found[1]}={shown['id']}")


def changes(before: dict, after: dict) -> dict:
    """Return the old values of what changed, with the unchanged parts of hashes left out."""
    old, new = public(before), public(after)
    found = {}
    for name, value in old.items():
        now = new.get(name)
        if value == now:
            continue
        if isinstance(value, dict) and isinstance(now, dict) and value.get("object") != "list":
            found[name] = changes(value, now)
        else:
            found[name] = copy.deepcopy(value)
    found.update({name: None for name in new if name not in old})
    return found
