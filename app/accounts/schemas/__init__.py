"""What the accounts slice takes in and gives out."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.accounts.rules.keys import MAX_NETWORKS, read_network
from app.core.i18n import gettext

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
MAX_EMAIL = 254
LAST_SECOND = 253_402_300_799
"""Of the year 9999: no date holds more."""


def normal_email(value: str) -> str:
    """Return the address in lower case; ValueError when it is none."""
    address = value.strip().lower()
    if len(address) > MAX_EMAIL or not EMAIL.fullmatch(address):
        message = gettext("is not an e-mail address such as name@example.com")
        raise ValueError(message)
    return address


def plain(value: str) -> str:
    """Return a name of one line; ValueError for signs that nobody sees or that turn text around."""
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for sign in value):
        message = gettext("must be one line of visible characters")
        raise ValueError(message)
    return value


Email = Annotated[str, AfterValidator(normal_email)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
PlainName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60, strict=True),
    AfterValidator(plain),
]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']{1,480}$")]

Contact = Annotated[
    str,
    StringConstraints(
        pattern=r"^(https?://[^\s<>\"']{1,480}|mailto:[^\s<>\"'?&]{1,200}@[^\s<>\"'?&]{1,200})$"
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pages(_Strict):
    """Where a site shows our shortcodes."""

    performance: Url | None = None
    marketplace: Url | None = None
    pricing: Url | None = None
    dashboard: Url | None = None
    desk: Url | None = None
    coach: Url | None = None
    contact: Contact | None = None
    """Where people who want a large plan talk to somebody: a page of the site, or an address."""


class ConnectIn(_Strict):
    """What a plugin sends to connect its site."""

    code: str = Field(min_length=8, max_length=80)
    site_url: Url
    site_name: str = Field(max_length=200)
    plugin_version: str = Field(max_length=20)
    pages: Pages = Pages()


class SiteIn(_Strict):
    """What a plugin sends when its site has changed."""

    site_url: Url
    site_name: str = Field(max_length=200)
    pages: Pages
    moved: bool = False
    """An administrator says that the site has moved here from another address."""


class WordPressUserIn(_Strict):
    """A WordPress user at the first visit; the address is one that WordPress has verified."""

    wp_user_id: int = Field(ge=1, le=2**31 - 1)
    email: Email
    username: Name
    display_name: str = Field(default="", max_length=250)
    locale: str = Field(default="", max_length=20)


def _network(value: str) -> str:
    try:
        return read_network(value)
    except ValueError as error:
        message = gettext("is not an address or network such as 203.0.113.7 or 2001:db8::/48")
        raise ValueError(message) from error


class Change(_Strict):
    """What has changed about one of a site's users, by the site's clock."""

    kind: Literal["session_ended", "sessions_ended", "role_changed", "user_deleted"]
    wp_user_id: int = Field(ge=0, le=2**31 - 1)
    """0 only with sessions_ended: everybody's."""
    at: int = Field(ge=0, le=LAST_SECOND)
    sid: str = Field(default="", pattern="^(?:[0-9a-f]{64})?$")
    """Of session_ended: SHA-256 of the session's token."""
    until: int | None = Field(default=None, ge=0, le=LAST_SECOND)
    """Of session_ended: when it would have ended by itself."""
    caps: list[Annotated[str, StringConstraints(pattern="^[a-z_]{1,40}$")]] = Field(
        default=[], max_length=20
    )
    """Of role_changed: what the user may do now."""

    @model_validator(mode="after")
    def _fits(self) -> Change:
        if (self.kind == "session_ended") != bool(self.sid):
            message = gettext("sid belongs to session_ended, and only there")
            raise ValueError(message)
        if self.wp_user_id == 0 and self.kind != "sessions_ended":
            message = gettext("wp_user_id 0 stands for everybody, and only in sessions_ended")
            raise ValueError(message)
        return self


class ChangesIn(_Strict):
    """What has changed about a site's users, oldest first; telling it twice is fine."""

    changes: list[Change] = Field(min_length=1, max_length=100)


class ChangesTaken(BaseModel):
    """How many of the changes were about users whom the service knows."""

    known: int


NetworkText = Annotated[str, StringConstraints(max_length=60), AfterValidator(_network)]
KeyEnd = Annotated[AwareDatetime, AfterValidator(lambda end: end.astimezone(UTC))]


class ActivityLine(BaseModel):
    """One line of the audit log, in words."""

    model_config = ConfigDict(frozen=True)

    id: int
    at: datetime
    action: str
    text: str
    by: str
    """Who did it, in words: names are for those who may know them."""
    user_id: int | None
    subject: str
    detail: dict[str, Any]
    request_id: str


class KeyTerms(_Strict):
    """Until when, and from where, a key may be used."""

    expires_at: KeyEnd | None = None
    networks: list[NetworkText] = Field(default=[], max_length=MAX_NETWORKS)


class KeyIn(KeyTerms):
    """What a program sends to make an API key."""

    name: Name
    scopes: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        min_length=1, max_length=20
    )


class RotateIn(_Strict):
    """How long the old key counts beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=168, strict=True)


class TokenAsk(_Strict):
    """Which of its key's scopes a token shall have; all, when nothing is said."""

    scopes: list[Annotated[str, StringConstraints(max_length=60)]] | None = Field(
        default=None, min_length=1, max_length=20
    )


class RefreshIn(_Strict):
    """A refresh token."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class TokenSet(BaseModel):
    """An access token, and what renews it once."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a kind, not a secret
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    scopes: list[str]


class Connection(BaseModel):
    """What a newly connected plugin must keep; the secret is shown only here."""

    site_id: str
    key_id: str
    secret: str
    service_version: str


class Rotated(BaseModel):
    """A site's new secret; shown only here, and again to who asks with the old one at once."""

    key_id: str
    secret: str


class SiteRow(BaseModel):
    """A site as the operator sees it."""

    id: str
    name: str
    url: str
    state: str
    members: int
    connected_at: datetime
    copy_seen_at: datetime | None


class Moved(BaseModel):
    """What moving members did."""

    moved: int
    kept: int
    """Left with the old site, because the new one knows the WordPress user as somebody else."""


class Person(BaseModel):
    """What the accounts keep of a person."""

    email: str
    username: str
    pseudonym: str
    subscription_tier: str
    created_at: datetime
    key_names: list[str]


class KeyOut(BaseModel):
    """An API key as its owner sees it afterwards."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    state: Literal["active", "ending", "expired", "revoked"]
    """`ending` has been replaced by another key and counts until `expires_at`."""
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    rotated_at: datetime | None
    revoked_at: datetime | None
    networks: list[str]


class KeyList(BaseModel):
    """A user's keys, the newest first."""

    items: list[KeyOut]


class MadeKey(BaseModel):
    """A new key; its text is shown only here."""

    key: KeyOut
    text: str


class Me(BaseModel):
    """Who a key or token stands for."""

    user_id: int
    username: str
    roles: list[str]
    scopes: list[str]
    subscription_tier: str


class User(BaseModel):
    """A user, as they see themselves."""

    user_id: int
    email: str
    username: str
    pseudonym: str
    subscription_tier: str
    created_at: datetime


class UserIn(_Strict):
    """What a user changes of the own account."""

    username: PlainName


class Introduced(BaseModel):
    """The user that a WordPress user is."""

    user_id: int


class Pong(BaseModel):
    """The service's answer to a connected site."""

    service_version: str
    oldest_plugin: str
    """An older plugin should be updated; it is served as far as it goes."""
    time: datetime
    site_id: str
    state: str
    copy_seen_at: datetime | None
    """When a second address last used this site's secret, and was refused."""


class MemberFigures(BaseModel):
    """How many members a site has."""

    total: int
    new_this_week: int
    active_today: int
    disabled: int


class SiteMemberView(BaseModel):
    """A member of a site, as the site's administrators see them."""

    id: int
    """The membership, not the user: another site has another one for the same person."""
    wp_user_id: int
    user_id: int
    username: str
    email: str
    pseudonym: str
    tier: str
    is_disabled: bool
    joined_at: datetime
    last_seen_on: date | None

    @classmethod
    def of(cls, member: Any, user: Any) -> SiteMemberView:
        """Return the view of a row of `site_members` with its user."""
        return cls(
            id=member.id,
            wp_user_id=member.wp_user_id,
            user_id=user.id,
            username=user.username,
            email=user.email,
            pseudonym=user.pseudonym,
            tier=user.subscription_tier,
            is_disabled=member.disabled_at is not None,
            joined_at=member.created_at,
            last_seen_on=member.last_seen_on,
        )
