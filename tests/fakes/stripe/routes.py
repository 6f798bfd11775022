"""Which address does what, and by which of the SDK's types its parameters are checked."""

from __future__ import annotations

import re

from . import (
    balance,
    catalog,
    changing,
    checkout,
    connect,
    customers,
    disputes,
    ending,
    invoices,
    payments,
    portal,
    preview,
    subscriptions,
    webhooks,
)

# method, address, what does it, the SDK's type of the parameters
ACTIONS = [
    ("POST", "products", catalog.create_product, "ProductCreateParams"),
    ("POST", "products/{}", catalog.update_product, "ProductUpdateParams"),
    ("DELETE", "products/{}", catalog.delete_product, "ProductDeleteParams"),
    ("POST", "prices", catalog.create_price, "PriceCreateParams"),
    ("POST", "prices/{}", catalog.update_price, "PriceUpdateParams"),
    ("POST", "customers", customers.create_customer, "CustomerCreateParams"),
    ("GET", "customers/{}", customers.get_customer, "CustomerRetrieveParams"),
    ("POST", "customers/{}", customers.update_customer, "CustomerUpdateParams"),
    ("DELETE", "customers/{}", customers.delete_customer, "CustomerDeleteParams"),
    ("POST", "payment_methods", customers.create_card, "PaymentMethodCreateParams"),
    ("POST", "payment_methods/{}/attach", customers.attach, "PaymentMethodAttachParams"),
    ("POST", "payment_methods/{}/detach", customers.detach, "PaymentMethodDetachParams"),
    ("POST", "payment_intents", payments.create_intent, "PaymentIntentCreateParams"),
    ("POST", "payment_intents/{}", payments.update_intent, "PaymentIntentUpdateParams"),
    ("POST", "payment_intents/{}/confirm", payments.confirm_intent, "PaymentIntentConfirmParams"),
    ("POST", "payment_intents/{}/cancel", payments.cancel_intent, "PaymentIntentCancelParams"),
    ("POST", "subscriptions", subscriptions.create_subscription, "SubscriptionCreateParams"),
    ("POST", "subscriptions/{}", changing.update_subscription, "SubscriptionUpdateParams"),
    ("DELETE", "subscriptions/{}", ending.cancel, "SubscriptionCancelParams"),
    ("POST", "subscriptions/{}/resume", ending.resume, "SubscriptionResumeParams"),
    ("GET", "subscription_items/{}", subscriptions.get_item, "SubscriptionItemRetrieveParams"),
    ("POST", "invoices/create_preview", preview.create_preview, "InvoiceCreatePreviewParams"),
    ("POST", "invoices/{}", invoices.update_invoice, "InvoiceUpdateParams"),
    ("POST", "invoices/{}/pay", invoices.pay_invoice, "InvoicePayParams"),
    ("POST", "invoices/{}/finalize", invoices.finalize_invoice, "InvoiceFinalizeInvoiceParams"),
    ("POST", "invoices/{}/void", invoices.void_invoice, "InvoiceVoidInvoiceParams"),
    ("POST", "invoices/{}/mark_uncollectible", invoices.write_off, "InvoiceMarkUncollectibleParams"),
    ("POST", "refunds", disputes.create_refund, "RefundCreateParams"),
    ("POST", "refunds/{}", disputes.update_refund, "RefundUpdateParams"),
    ("POST", "disputes/{}", disputes.update_dispute, "DisputeUpdateParams"),
    ("POST", "disputes/{}/close", disputes.close_dispute, "DisputeCloseParams"),
    ("GET", "balance", balance.get_balance, "BalanceRetrieveParams"),
    ("GET", "balance_transactions/{}", balance.get_transaction, "BalanceTransactionRetrieveParams"),
    ("POST", "payouts", balance.create_payout, "PayoutCreateParams"),
    ("POST", "payouts/{}/cancel", balance.cancel_payout, "PayoutCancelParams"),
    ("POST", "checkout/sessions", checkout.create_session, "checkout.SessionCreateParams"),
    ("POST", "checkout/sessions/{}/expire", checkout.expire_session, "checkout.SessionExpireParams"),
    ("POST", "billing_portal/configurations", portal.create_configuration, "billing_portal.ConfigurationCreateParams"),
    ("POST", "billing_portal/configurations/{}", portal.update_configuration, "billing_portal.ConfigurationUpdateParams"),
    ("POST", "billing_portal/sessions", portal.create_session, "billing_portal.SessionCreateParams"),
    ("POST", "accounts", connect.create_account, "AccountCreateParams"),
    ("GET", "accounts/{}", connect.get_account, "AccountRetrieveParams"),
    ("POST", "accounts/{}", connect.update_account, "AccountUpdateParams"),
    ("DELETE", "accounts/{}", connect.delete_account, "AccountDeleteParams"),
    ("POST", "accounts/{}/login_links", connect.login_link, "AccountCreateLoginLinkParams"),
    ("POST", "account_links", connect.create_link, "AccountLinkCreateParams"),
    ("POST", "transfers", connect.create_transfer, "TransferCreateParams"),
    ("POST", "transfers/{}", connect.update_transfer, "TransferUpdateParams"),
    ("POST", "transfers/{}/reversals", connect.reverse, "TransferCreateReversalParams"),
    ("GET", "events/{}", webhooks.get_event, "EventRetrieveParams"),
    ("POST", "webhook_endpoints", webhooks.create_endpoint, "WebhookEndpointCreateParams"),
    ("POST", "webhook_endpoints/{}", webhooks.update_endpoint, "WebhookEndpointUpdateParams"),
    ("DELETE", "webhook_endpoints/{}", webhooks.delete_endpoint, "WebhookEndpointDeleteParams"),
]  # fmt: skip

# "=_any" marks what the function before has already looked at.
# address, kind of the objects (or what returns them), filters
LISTS = [
    ("products", "product", ("active", "ids=id")),
    ("prices", "price", ("active", "currency", "product", "type", "recurring", "lookup_keys=lookup_key")),
    ("customers", "customer", ("email",)),
    ("customers/{}/payment_methods", customers.cards_of, ("type",)),
    ("payment_methods", "payment_method", ("customer", "type")),
    ("payment_intents", "payment_intent", ("customer",)),
    ("subscriptions", subscriptions.listed_subscriptions, ("customer", "collection_method", "status=_any", "price=_any")),
    ("subscription_items", subscriptions.items_listed, ("subscription",)),
    ("invoices", "invoice", ("customer", "status", "subscription=_subscription", "collection_method")),
    ("invoiceitems", "invoiceitem", ("customer", "invoice")),
    ("invoice_payments", "invoice_payment", ("invoice", "status", "payment")),
    ("charges", "charge", ("customer", "payment_intent", "transfer_group")),
    ("refunds", "refund", ("charge", "payment_intent")),
    ("disputes", "dispute", ("charge", "payment_intent")),
    ("balance_transactions", balance.transactions, ("type", "currency", "source", "payout=_any")),
    ("payouts", "payout", ("status", "destination")),
    ("checkout/sessions", "checkout.session", ("customer", "status", "subscription", "payment_intent")),
    ("checkout/sessions/{}/line_items", checkout.line_items, ()),
    ("billing_portal/configurations", "billing_portal.configuration", ("active", "is_default")),
    ("accounts", "account", ()),
    ("transfers", "transfer", ("destination", "transfer_group")),
    ("transfers/{}/reversals", connect.reversals, ()),
    ("events", webhooks.visible_events, ("type=_any", "types=_any", "delivery_success=_any")),
    ("webhook_endpoints", "webhook_endpoint", ()),
]  # fmt: skip

RETRIEVED = {
    "products": "product",
    "prices": "price",
    "payment_methods": "payment_method",
    "payment_intents": "payment_intent",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "invoiceitems": "invoiceitem",
    "invoice_payments": "invoice_payment",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "payouts": "payout",
    "checkout/sessions": "checkout.session",
    "billing_portal/configurations": "billing_portal.configuration",
    "transfers": "transfer",
    "webhook_endpoints": "webhook_endpoint",
}


def pattern(address: str) -> re.Pattern:
    """Return what an address has to look like."""
    inner = address.replace("{}", "([^/]+)")
    return re.compile(f"/v1/{inner}")
