"""Customer portal sessions and their configurations."""

from __future__ import annotations

from .errors import invalid, missing, refused
from .form import Params, merged

FLOWS = (
    "payment_method_update", "subscription_cancel", "subscription_update",
    "subscription_update_confirm",
)  # fmt: skip
SESSION_SECONDS = 3600


def create_configuration(world, p: Params) -> dict:
    """Answer POST /v1/billing_portal/configurations."""
    features = p.nested("features")
    cancel = features.nested("subscription_cancel")
    body = world.add(
        "bpc",
        "billing_portal.configuration",
        active=True,
        application=None,
        business_profile={
            "headline": p.nested("business_profile").text("headline"),
            "privacy_policy_url": None,
            "terms_of_service_url": None,
        },
        default_return_url=p.url("default_return_url"),
        features={
            "customer_update": {"allowed_updates": ["email"], "enabled": _on(features, "customer_update")},
            "invoice_history": {"enabled": _on(features, "invoice_history")},
            "payment_method_update": {"enabled": _on(features, "payment_method_update"), "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "options": []},
                "enabled": _on(features, "subscription_cancel"),
                "mode": cancel.choice("mode", ("at_period_end", "immediately"), "at_period_end"),
                "proration_behavior": cancel.text("proration_behavior", "none"),
            },
            "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
            "subscription_update": {
                "default_allowed_updates": features.nested("subscription_update").words("default_allowed_updates"),
                "enabled": _on(features, "subscription_update", default=False),
                "proration_behavior": "create_prorations",
                "products": [dict(one) for one in features.nested("subscription_update").each("products")],
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        is_default=not world.all("billing_portal.configuration"),
        login_page={"enabled": False, "url": None},
        metadata=merged({}, p.get("metadata")),
        name=p.text("name"),
        updated=world.now,
    )  # fmt: skip
    world.emit("billing_portal.configuration.created", body)
    return body


def _on(features, name, *, default=True):
    return features.nested(name).flag("enabled", default=default)


def update_configuration(world, p: Params, key) -> dict:
    """Answer POST /v1/billing_portal/configurations/{id}."""
    body = world.get("billing_portal.configuration", key)
    new = {"metadata": merged(body["metadata"], p.get("metadata"))}
    if "active" in p:
        new["active"] = p.flag("active")
    if "default_return_url" in p:
        new["default_return_url"] = p.text("default_return_url") or None
    for name, given in p.nested("features").items():
        body["features"][name].update({key: _value(one) for key, one in given.items()})
    return world.change(body, "billing_portal.configuration.updated", **new)


def _value(text):
    return {"true": True, "false": False}.get(text, text) if isinstance(text, str) else text


def create_session(world, p: Params) -> dict:
    """Answer POST /v1/billing_portal/sessions."""
    customer = world.get("customer", p.need("customer"), "customer")
    configuration = _configuration(world, p)
    flow = _flow(world, p, customer)
    body = world.add(
        "bps",
        "billing_portal.session",
        configuration=configuration["id"],
        customer=customer["id"],
        customer_account=None,
        flow=flow,
        locale=p.text("locale"),
        on_behalf_of=None,
        return_url=p.url("return_url") or configuration["default_return_url"],
        url=None,
        _expires=world.now + SESSION_SECONDS,
    )
    body["url"] = f"{world.url}/p/session/{body['id']}"
    world.emit("billing_portal.session.created", body)
    return body


def _configuration(world, p):
    if key := p.text("configuration"):
        return world.get("billing_portal.configuration", key, "configuration")
    usual = world.all("billing_portal.configuration", is_default=True)
    # In test mode Stripe asks for settings to be saved first; the till has saved them.
    return usual[0] if usual else create_configuration(world, Params())


def _flow(world, p, customer):
    given = p.nested("flow_data")
    if not given:
        return None
    given.need("type")
    kind = given.choice("type", FLOWS)
    after = given.nested("after_completion")
    flow = {
        "after_completion": {
            "hosted_confirmation": None,
            "redirect": _redirect(after),
            "type": after.text("type", "portal_homepage"),
        },
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": kind,
    }
    if kind != "payment_method_update":
        flow[kind] = _subscription_flow(world, given.nested(kind), kind, customer)
    return flow


def _redirect(after):
    url = after.nested("redirect").url("return_url")
    return {"return_url": url} if url else None


def _subscription_flow(world, given, kind, customer):
    key = given.need("subscription")
    subscription = world.find("subscription", key)
    if subscription is None or subscription["customer"] != customer["id"]:
        raise missing("subscription", key, given.name("subscription"), in_path=False)
    if kind == "subscription_cancel" and subscription["cancel_at_period_end"]:
        message = f"The subscription `{key}` is already set to be canceled at period end."
        raise refused(message, None, given.name("subscription"))
    shown = {"subscription": key}
    if kind == "subscription_cancel":
        shown["retention"] = None
    if kind == "subscription_update_confirm":
        if not given.each("items"):
            raise invalid("Missing required param: items", given.name("items"), "parameter_missing")
        shown |= {"discounts": None, "items": [_item(one) for one in given.each("items")]}
    return shown


def _item(given):
    return {
        "id": given.need("id"),
        "price": given.text("price"),
        "quantity": given.whole("quantity", 1),
    }
