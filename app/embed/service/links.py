"""Addresses inside somebody else's site: pages by name, filters in the query string."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from markupsafe import Markup, escape

from app.accounts import service as accounts
from app.embed.schemas import PREFIX, Query


def page(name: str, **params: str) -> str:
    """Return the address of a page of the asking site, with `params` in its query.

    A site that has not told us where the page is gets a link to where the reader already is.
    """
    parts = urlsplit(accounts.page_url(name) or "")
    query = dict(parse_qsl(parts.query)) | {PREFIX + key: value for key, value in params.items()}
    return urlunsplit(parts._replace(query=urlencode(query))) or "?"


def own_params(name: str) -> dict[str, str]:
    """Return what WordPress itself keeps in the query of a page, such as ?page_id=12."""
    return dict(parse_qsl(urlsplit(accounts.page_url(name) or "").query))


@dataclass(frozen=True)
class Target:
    """A partial that links and forms reload: its path, its element and the page it stands on."""

    path: str
    element: str
    page: str

    def href(self, query: Query, **changes: Any) -> str:
        """Return the address, on the same page, of `query` with some values changed."""
        params = own_params(self.page) | query.replaced(**changes).params(PREFIX)
        return f"?{urlencode(params)}"

    def link(self, query: Query, **changes: Any) -> Markup:
        """Return the attributes of a link that works with and without a script."""
        return Markup(
            'href="{}" hx-get="{}" hx-target="#{}" hx-swap="outerHTML" hx-push-url="true"'
        ).format(
            escape(f"{self.href(query, **changes)}#{self.element}"),
            escape(self.path + query.encoded(**changes)),
            escape(self.element),
        )

    @property
    def hidden(self) -> dict[str, str]:
        """Return what a GET form on the page must carry along."""
        return own_params(self.page)
