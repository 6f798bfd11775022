"""Refunds and disputes."""

from __future__ import annotations

from .balance import book
from .errors import invalid, lacks, missing, refused
from .form import Params, merged
from .money import DAY, DISPUTE_FEE
from .render import public

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
CLOSED = ("won", "lost", "warning_closed", "prevented")


def create_refund(world, p: Params) -> dict:
    """Answer POST /v1/refunds."""
    charge = _charge(world, p)
    reason = p.choice("reason", REASONS)
    left = charge["amount"] - charge["amount_refunded"]
    _refundable(world, charge, left)
    amount = p.whole("amount", left, least=1)
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise refused(message, "charge_exceeds_refundable_amount", "amount")
    body = world.add(
        "re",
        "refund",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        metadata=merged({}, p.get("metadata")),
        payment_intent=charge["payment_intent"],
        reason=reason,
        receipt_number=None,
        source_transfer_reversal=None,
        status="succeeded",
        transfer_reversal=None,
    )  # fmt: skip
    entry = book(
        world, "refund", -amount, charge["currency"], body["id"], description="REFUND FOR CHARGE"
    )
    body["balance_transaction"] = entry["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.emit("refund.created", body)
    world.emit("charge.refunded", charge)
    return body


def _charge(world, p):
    if key := p.text("charge"):
        return world.get("charge", key, "charge")
    if key := p.text("payment_intent"):
        intent = world.get("payment_intent", key, "payment_intent")
        if not intent["latest_charge"]:
            raise refused(
                f"This PaymentIntent ({key}) does not have a successful charge to refund."
            )
        return world.find("charge", intent["latest_charge"])
    raise lacks("charge")


def _refundable(world, charge, left):
    if not charge["paid"]:
        raise refused(f"Charge {charge['id']} has not been paid.", None, "charge")
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise refused(message, "charge_already_refunded")
    for one in world.all("dispute", charge=charge["id"]):
        # An inquiry is only a question: the money can still be given back.
        if not one["is_charge_refundable"] and one["status"] != "won":
            message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
            raise refused(message, "charge_disputed")


def fail_refund(world, key) -> dict:
    """The bank could not give the money to the card holder: it comes back."""
    body = world.find("refund", key)
    entry = book(
        world, "refund_failure", body["amount"], body["currency"], key, category="refund_failure"
    )
    body.update(
        status="failed",
        failure_reason="lost_or_stolen_card",
        failure_balance_transaction=entry["id"],
    )
    charge = world.find("charge", body["charge"])
    charge["amount_refunded"] -= body["amount"]
    charge["refunded"] = False
    world.emit("refund.failed", body)
    world.emit("refund.updated", body)
    world.emit("charge.refund.updated", body)
    return body


def open_dispute(world, charge, *, inquiry=False, reason="fraudulent", amount=None) -> dict:
    """A card holder goes to his bank: the money leaves at once, unless it is only an inquiry."""
    if charge["disputed"]:
        raise refused(f"Charge {charge['id']} is disputed already.")
    amount = amount or charge["amount"]
    body = world.add(
        "du",
        "dispute",
        amount=amount,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        evidence_details={
            "due_by": world.now + 9 * DAY, "enhanced_eligibility": {}, "has_evidence": False,
            "past_due": False, "submission_count": 0, "submission_method": "not_submitted",
        },
        is_charge_refundable=inquiry,
        metadata={},
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "card": {
                "brand": "visa", "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa", "network_reason_code": "10",
            },
            "type": "card",
        },
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )  # fmt: skip
    charge["disputed"] = True
    world.emit("charge.dispute.created", body)
    if not inquiry:
        _withdraw(world, body)
    return body


def _withdraw(world, body):
    entry = book(
        world, "adjustment", -body["amount"], body["currency"], body["id"],
        costs={"Dispute fee": DISPUTE_FEE}, category="dispute",
        description=f"Chargeback withdrawal for {body['charge']}",
    )  # fmt: skip
    body["balance_transactions"].append(public(entry))
    world.emit("charge.dispute.funds_withdrawn", body)


def escalate(world, body) -> dict:
    """An inquiry becomes a dispute: now the money leaves."""
    if body["status"] not in ("warning_needs_response", "warning_under_review"):
        raise refused(f"Dispute {body['id']} is no open inquiry.")
    body.update(status="needs_response", is_charge_refundable=False)
    _withdraw(world, body)
    world.emit("charge.dispute.updated", body)
    return body


def end_dispute(world, body, *, won) -> dict:
    """The bank decides; what is won comes back, the fee does not."""
    if body["status"] in CLOSED:
        raise refused(f"Dispute {body['id']} is already closed")
    inquiry = body["status"].startswith("warning")
    body["status"] = "warning_closed" if inquiry else "won" if won else "lost"
    if won and not inquiry:
        entry = book(
            world, "adjustment", body["amount"], body["currency"], body["id"],
            category="dispute_reversal", description=f"Chargeback reversal for {body['charge']}",
        )  # fmt: skip
        body["balance_transactions"].append(public(entry))
        world.emit("charge.dispute.funds_reinstated", body)
    world.emit("charge.dispute.closed", body)
    return body


def close_dispute(world, p: Params, key) -> dict:
    """Answer POST /v1/disputes/{id}/close: the merchant gives in."""
    return end_dispute(world, world.get("dispute", key), won=False)


def update_dispute(world, p: Params, key) -> dict:
    """Hand in evidence. As with Stripe's test cards, the words decide how it ends."""
    body = world.get("dispute", key)
    if body["status"] in CLOSED:
        raise refused("This dispute is already closed", "dispute_closed")
    given = p.nested("evidence")
    if unknown := set(given) - set(EVIDENCE):
        raise invalid(f"Received unknown parameter: evidence[{min(unknown)}]", "evidence")
    body["evidence"] = {**body["evidence"], **given}
    body["metadata"] = merged(body["metadata"], p.get("metadata"))
    body["evidence_details"]["has_evidence"] = any(body["evidence"].values())
    if p.flag("submit", default=True) and given:
        body["evidence_details"].update(submission_count=1, submission_method="manual")
        prefix = "warning_" if body["status"].startswith("warning") else ""
        body["status"] = f"{prefix}under_review"
    world.emit("charge.dispute.updated", body)
    words = given.get("uncategorized_text")
    if words in ("winning_evidence", "losing_evidence"):
        end_dispute(world, body, won=words == "winning_evidence")
    return body


def update_refund(world, p: Params, key) -> dict:
    """Change a refund's metadata."""
    body = world.get("refund", key)
    body["metadata"] = merged(body["metadata"], p.get("metadata"))
    return body


def find_dispute(world, charge) -> dict:
    """Return the dispute of a charge."""
    found = world.all("dispute", charge=charge)
    if not found:
        raise missing("dispute", charge)
    return found[-1]


EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip
