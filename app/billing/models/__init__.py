"""Plans that members are on, what the payment provider says of them, and the journal of money."""

from app.billing.models.clicks import CallClicks
from app.billing.models.conversions import ConversionEvent
from app.billing.models.creators import Creator, Offer, Payout, ProfitShare, Split
from app.billing.models.figures import FirstPlan, FunnelDay, MrrDay, MrrMovement
from app.billing.models.money import (
    JournalDay,
    JournalEntry,
    JournalPosting,
    Reconciliation,
    Transaction,
)
from app.billing.models.provider import (
    BillingLease,
    Checkout,
    Invoice,
    ProviderCustomer,
    ProviderEvent,
    ProviderSubscription,
)
from app.billing.models.subscriptions import Subscription
from app.billing.models.usage import UsageCount, UsageRef

__all__ = [
    "BillingLease",
    "CallClicks",
    "Checkout",
    "ConversionEvent",
    "Creator",
    "FirstPlan",
    "FunnelDay",
    "Invoice",
    "JournalDay",
    "JournalEntry",
    "JournalPosting",
    "MrrDay",
    "MrrMovement",
    "Offer",
    "Payout",
    "ProfitShare",
    "ProviderCustomer",
    "ProviderEvent",
    "ProviderSubscription",
    "Reconciliation",
    "Split",
    "Subscription",
    "Transaction",
    "UsageCount",
    "UsageRef",
]
