"""Lines of the audit log in words, for the person or the site that they are about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from app.accounts.models import AuditEntry
from app.accounts.schemas import ActivityLine
from app.accounts.service.audit import list_audit
from app.core.i18n import gettext, lazy_gettext

# What is told of a user to the user: signing in, keys, sessions, rights, own data.
TEXTS: dict[str, Any] = {
    "user.created": lazy_gettext("Account made"),
    "user.signed_up": lazy_gettext("Account made"),
    "user.signed_in": lazy_gettext("Signed in"),
    "user.signed_out": lazy_gettext("Signed out"),
    "user.password_set": lazy_gettext("Password set"),
    "user.password_reset": lazy_gettext("Password set anew by mail"),
    "user.password_changed": lazy_gettext("Password changed"),
    "user.address_changed": lazy_gettext("Address changed"),
    "user.renamed": lazy_gettext("Name changed"),
    "user.role_changed": lazy_gettext("Role changed"),
    "user.disabled": lazy_gettext("Account disabled"),
    "user.enabled": lazy_gettext("Account enabled"),
    "user.erased": lazy_gettext("Account erased"),
    "user.second_factor_turned_on": lazy_gettext("Codes at sign-in turned on"),
    "user.second_factor_turned_off": lazy_gettext("Codes at sign-in turned off"),
    "user.recovery_codes_renewed": lazy_gettext("New recovery codes made"),
    "user.recovery_code_used": lazy_gettext("Recovery code used"),
    "user.code_held_up": lazy_gettext("Too many wrong codes"),
    "user.plan_changed": lazy_gettext("Plan changed"),
    "session.ended": lazy_gettext("Signed out of WordPress"),
    "session.all_ended": lazy_gettext("Signed out of WordPress everywhere"),
    "session.revoked": lazy_gettext("A browser signed out"),
    "session.others_revoked": lazy_gettext("All other browsers signed out"),
    "key.created": lazy_gettext("API key made"),
    "key.rotated": lazy_gettext("API key rotated"),
    "key.revoked": lazy_gettext("API key revoked"),
    "tokens.issued": lazy_gettext("API key exchanged for tokens"),
    "tokens.reused": lazy_gettext("A refresh token was used twice: its tokens were ended"),
    "tokens.revoked": lazy_gettext("Tokens of an API key ended"),
    "webhook.created": lazy_gettext("Webhook made"),
    "webhook.moved": lazy_gettext("Webhook given another address"),
    "webhook.deleted": lazy_gettext("Webhook deleted"),
    "webhook.secret_rotated": lazy_gettext("Webhook given a new secret"),
    "webhook.disabled": lazy_gettext("Webhook disabled"),
    "webhook.enabled": lazy_gettext("Webhook enabled"),
    "broker_account.added": lazy_gettext("Broker account added"),
    "broker_account.activated": lazy_gettext("Broker account switched on"),
    "broker_account.deactivated": lazy_gettext("Broker account switched off"),
    "broker_account.deleted": lazy_gettext("Broker account deleted"),
    "ai.key_saved": lazy_gettext("Own key of a model saved"),
    "ai.key_limited": lazy_gettext("Limits of an own key of a model set"),
    "ai.key_deleted": lazy_gettext("Own key of a model deleted"),
    "ai.setting_changed": lazy_gettext("What models may spend, or which are asked, was changed"),
    "ai.prompt_chosen": lazy_gettext("Prompt of a model chosen"),
    "ai.prompt_added": lazy_gettext("Version of a prompt added"),
    "chart.shared": lazy_gettext("Chart shared by a link"),
    "chart.unshared": lazy_gettext("Link to a chart ended"),
    "privacy.export_requested": lazy_gettext("Copy of all data asked for"),
    "privacy.export_fetched": lazy_gettext("Copy of all data fetched"),
    "privacy.exported": lazy_gettext("Copy of all data made by the operator"),
    "privacy.erasure_requested": lazy_gettext("Erasure of the account asked for"),
    "privacy.erasure_cancelled": lazy_gettext("Erasure of the account called off"),
    "view.begun": lazy_gettext("An administrator opened a read-only view of your dashboard"),
    "view.ended": lazy_gettext("An administrator's view of your dashboard ended"),
    "member.disabled": lazy_gettext("Shut out of this site"),
    "member.enabled": lazy_gettext("Let in again"),
    "member.role_changed": lazy_gettext("Another role in WordPress"),
    "member.deleted": lazy_gettext("Deleted in WordPress"),
    "member.erased": lazy_gettext("Erased from this site"),
    "member.linked": lazy_gettext("Linked to an account by the operator"),
    "site.connected": lazy_gettext("Site connected"),
    "site.rotated": lazy_gettext("Site given a new secret"),
    "site.disconnected": lazy_gettext("Site disconnected"),
    "site.moved": lazy_gettext("Site moved to another address"),
    "plan.given": lazy_gettext("Given a plan by an administrator"),
    "plan.change_decided": lazy_gettext("Plan changed by an administrator"),
    "plan.cancelled": lazy_gettext("Plan cancelled by an administrator"),
    "payment.refund_decided": lazy_gettext("Money given back by an administrator"),
    "payment.refund_unknown": lazy_gettext(
        "An administrator gave money back, and the payment provider did not answer"
    ),
    "event.replayed": lazy_gettext("Event of the payment provider worked on again"),
    "creator.held": lazy_gettext("Sales and payouts stopped by an administrator"),
    "creator.released": lazy_gettext("Sales and payouts go on"),
    "site.paused": lazy_gettext("Site paused by the operator"),
    "site.operators_set": lazy_gettext("Whether the site is the operator's own was changed"),
    "site.resumed": lazy_gettext("Site resumed by the operator"),
    "site.members_moved": lazy_gettext("Members moved by the operator"),
    "site.sessions_ended": lazy_gettext("Everybody signed out in WordPress"),
    "shelf.changed": lazy_gettext("Presentation of a robot changed"),
    "case.decided": lazy_gettext("Request of a member decided"),
}


def activity(user_id: int, limit: int = 20) -> list[ActivityLine]:
    """Return what has lately happened to a user's sign-ins, keys and rights; the newest first."""
    return [_line(entry) for entry in list_audit(user_id=user_id, limit=limit)]


def site_activity(site_id: str, *, before_id: int | None, limit: int) -> list[ActivityLine]:
    """Return changes of rights and secrets at a site, the newest first; never another site's."""
    found = list_audit(site_id=site_id, before_id=before_id, limit=limit)
    return [_line(entry) for entry in found]


def _line(entry: AuditEntry) -> ActivityLine:
    known = TEXTS.get(entry.action)
    return ActivityLine(
        id=entry.id,
        at=datetime.fromisoformat(entry.at),
        action=entry.action,
        text=str(known) if known else entry.action.replace(".", ": ").replace("_", " "),
        by=_by(entry),
        user_id=entry.user_id,
        subject=entry.subject,
        detail=orjson.loads(entry.detail),
        request_id=entry.request_id,
    )


def _by(entry: AuditEntry) -> str:
    kind, _, name = entry.actor.partition(":")
    if kind == "user" and name == str(entry.user_id):
        return gettext("The member")
    words = {
        "site": gettext("The site"),
        "operator": gettext("The operator"),
        "system": gettext("The service"),
        "nobody": gettext("Somebody not signed in"),
        "user": gettext("Another member or an administrator"),
    }
    return words.get(kind, kind)
