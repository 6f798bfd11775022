"""Floor 4: plans, subscriptions, transactions."""

from __future__ import annotations

from flask import Flask

from app.billing import models as models
from app.billing import service, subscribers, views
from app.billing.api import api, clicks_api, creators_api, plans_api, till_api
from app.billing.cli import billing
from app.billing.service import money_invariants
from app.core import hold
from app.core.auth import set_program_gate

OUTGOING = (
    "billing.give_back_double", "billing.end_disputed", "billing.forget_customer",
    "billing.send_payout",
)  # fmt: skip
"""Jobs that change something at the payment provider; asking it is not held back."""


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    service.register_invariants()
    set_program_gate(app, service.admit_program)
    money_invariants.register()
    subscribers.register()
    hold.outgoing(app, *OUTGOING)
    app.cli.add_command(billing)
    app.register_blueprint(api)
    app.register_blueprint(clicks_api)
    app.register_blueprint(creators_api)
    app.register_blueprint(views.pages)
    app.register_blueprint(plans_api)
    app.register_blueprint(till_api)
