"""Use cases of moderation: ask for a public name, report a robot, decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.accounts import service as accounts
from app.core import clock, invariants
from app.core.db import db
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext
from app.core.invariants import Ask, Invariant, Part
from app.moderation import queries, rules
from app.moderation.models import Case
from app.moderation.schemas import CaseView, DecisionIn, NameIn, ReportIn

PUBLIC_NAME, REPORT = "public_name", "report"
MOST_SHOWN = 20

count_open = queries.count_open


def ask_for_name(site_id: str, user_id: int, given: NameIn) -> CaseView:
    """Ask a site's administrators for a name in place of the pseudonym.

    A name that waits already is replaced; one that is approved must be withdrawn first.
    """
    fault = rules.name_fault(given.name)
    if fault is not None:
        raise ValidationError(fault, field="name")
    case = queries.find_name(site_id, user_id)
    if case is not None and case.subject == given.name:
        return _view(case)
    if case is not None and case.state == "approved":
        message = gettext("You have a public name. Withdraw it first, then ask for another.")
        raise ConflictError(message, code="has_name")
    _refuse_taken(site_id, user_id, given.name)
    if case is not None:
        # A case of its own: an approval that is under way must not fall on another name.
        case.state, case.decided_at = "withdrawn", clock.now()
        db.session.flush()
    return _open_case(Case(site_id=site_id, user_id=user_id, kind=PUBLIC_NAME, subject=given.name))


def withdraw_name(site_id: str, user_id: int) -> None:
    """Show the pseudonym again from now on; without a name there is nothing to do."""
    case = queries.find_name(site_id, user_id)
    if case is not None:
        case.state, case.decided_at = "withdrawn", clock.now()


def report(site_id: str, user_id: int, given: ReportIn) -> CaseView:
    """Tell a site's administrators what is wrong with a robot; telling it twice is one case."""
    for known in queries.list_of_member(site_id, user_id, REPORT, rules.MOST_OPEN):
        same = (known.subject, known.reason, known.body) == (given.robot, given.reason, given.text)
        if known.state == "open" and same:
            return _view(known)
    return _open_case(
        Case(
            site_id=site_id,
            user_id=user_id,
            kind=REPORT,
            subject=given.robot,
            reason=given.reason,
            body=given.text,
        )
    )


def _open_case(case: Case) -> CaseView:
    # One after another: two requests at once must not make a sixth case.
    accounts.lock_user(case.user_id)
    if queries.count_open_of_member(case.site_id, case.user_id) >= rules.MOST_OPEN:
        message = gettext(
            "%(most)s of your requests wait for an answer. Send more once one is decided.",
            most=rules.MOST_OPEN,
        )
        raise ConflictError(message, code="too_many_cases")
    case.state, case.created_at = "open", clock.now()
    case.body, case.note, case.reason = case.body or "", "", case.reason or ""
    db.session.add(case)
    try:
        db.session.flush()
    except IntegrityError as error:
        message = gettext("You have asked for a name already.")
        raise ConflictError(message, code="has_name") from error
    return _view(case)


def _refuse_taken(site_id: str, user_id: int, name: str) -> None:
    others = [known for owner, known in queries.approved_names(site_id).items() if owner != user_id]
    if accounts.is_pseudonym(rules.bare(name)) or any(
        rules.same_name(name, known) for known in others
    ):
        message = gettext("Somebody else is known by this name here. Choose another.")
        raise ConflictError(message, code="name_taken")


def decide(site_id: str, case_id: int, given: DecisionIn, *, by: int) -> CaseView:
    """Answer a case; the same answer again is fine, another one than was given is a conflict.

    Only an approved name may be rejected later: then the pseudonym shows again at once.
    """
    case = queries.get_case(site_id, case_id)
    state = rules.state_after(case.kind, given.decision)
    if state is None:
        message = gettext(
            "decision: %(decision)s does not fit a case of this kind.", decision=given.decision
        )
        raise ValidationError(message, field="decision")
    if case.state == state and case.note == given.note:
        return _view(case)
    if case.state != "open" and (case.state, state) != ("approved", "rejected"):
        message = gettext("This case has been decided already: %(state)s.", state=case.state)
        raise ConflictError(message, code="case_decided", state=case.state, note=case.note)
    if state == "approved":
        _refuse_taken(site_id, case.user_id, case.subject)
    case.state, case.note = state, given.note
    case.decided_by, case.decided_at = by, clock.now()
    return _view(case)


def move_cases(old_site: str, new_site: str, user_ids: Collection[int]) -> None:
    """Let another site's administrators answer what members asked who have moved to it.

    A name goes along only where the member has none at the new site and nobody else is known by
    it there; else it is withdrawn.
    """
    for case in queries.cases_at(old_site, user_ids):
        if case.kind == PUBLIC_NAME and case.state in queries.NAMED:
            names = queries.approved_names(new_site)
            is_taken = any(rules.same_name(case.subject, known) for known in names.values())
            if is_taken or queries.find_name(new_site, case.user_id) is not None:
                case.state, case.decided_at = "withdrawn", clock.now()
        case.site_id = new_site
        db.session.flush()


def list_cases(
    site_id: str,
    *,
    is_open: bool = True,
    kind: str | None = None,
    before_id: int | None = None,
    limit: int = MOST_SHOWN,
) -> list[CaseView]:
    """Return a site's cases: open ones the oldest first, decided ones the newest first."""
    cases = queries.list_cases(
        site_id, is_open=is_open, kind=kind, before_id=before_id, limit=limit
    )
    return [_view(case) for case in cases]


def name_case(site_id: str, user_id: int) -> CaseView | None:
    """Return the newest case of a member's public name at a site."""
    found = queries.list_of_member(site_id, user_id, PUBLIC_NAME, 1)
    return _view(found[0]) if found else None


def reports(site_id: str, user_id: int) -> list[CaseView]:
    """Return a member's own reports at a site, the newest first."""
    return [_view(case) for case in queries.list_of_member(site_id, user_id, REPORT, MOST_SHOWN)]


def public_names(site_id: str | None) -> dict[str, str]:
    """Return the approved names that a site shows, by the pseudonym that they stand in for."""
    named = queries.approved_names(site_id) if site_id else {}
    pseudonyms = accounts.pseudonyms(named) if named else {}
    return {pseudonyms[user_id]: name for user_id, name in named.items() if user_id in pseudonyms}


def export_user(user_id: int) -> list[dict[str, Any]]:
    """Return all cases of a user, for the copy of their data that they may ask for."""
    kept = ("kind", "state", "subject", "reason", "body", "note", "created_at", "decided_at")
    return [{name: getattr(case, name) for name in kept} for case in queries.cases_of_user(user_id)]


def erase_user(user_id: int, site_id: str | None = None) -> int:
    """Delete all cases of a user, or those at one site; return how many."""
    cases = [case for case in queries.cases_of_user(user_id) if site_id in {None, case.site_id}]
    for case in cases:
        db.session.delete(case)
    return len(cases)


def _view(case: Case) -> CaseView:
    return CaseView(**{field.name: getattr(case, field.name) for field in fields(CaseView)})


def register_invariants() -> None:
    """Let the invariant of cases be looked at."""
    holds = "no case is left of somebody who was erased"
    invariants.register_invariants([Invariant("moderation.erased", holds, find_cases_of_erased)])


def find_cases_of_erased(_ask: Ask) -> Part:
    """Find cases of persons who were erased."""
    return invariants.whole(
        f"case {case_id} is of an erased user" for case_id in queries.cases_of_erased()
    )
