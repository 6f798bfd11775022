"""JSON of billing: what the asker has, what is bought and changed, clicks, the provider's events."""

from app.billing.api import buying as buying
from app.billing.api import webhooks as webhooks
from app.billing.api.clicks import clicks_api
from app.billing.api.creators import creators_api
from app.billing.api.reading import api, plans_api
from app.billing.api.webhooks import till_api

__all__ = ["api", "clicks_api", "creators_api", "plans_api", "till_api"]
