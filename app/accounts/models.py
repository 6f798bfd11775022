"""Users, the WordPress sites that they come from, and their API keys."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.security import sealed
from app.core.types import BigId, UtcDateTime

TIERS = ("free", "low", "mid", "premium")
SUBSCRIPTION_STATES = ("active", "cancelled", "expired")


class User(UserMixin, db.Model):
    """A person with an account, whether they came through WordPress or the command line."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(f"subscription_tier IN {TIERS}", name="tier"),
        CheckConstraint(f"subscription_status IN {SUBSCRIPTION_STATES}", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case; the one way to tell that two accounts are one person."""
    username: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Empty for members who only sign in at their WordPress site."""
    pseudonym: Mapped[str] = mapped_column(String(40), unique=True)
    """The name on public boards, such as "Amber Finch 07"."""
    role: Mapped[str] = mapped_column(String(10), default="member", server_default="member")
    """member, creator or operator: what the person may do on the service itself."""
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Sessions that began before have ended."""
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a link in a mail to this address was followed."""
    language: Mapped[str | None] = mapped_column(String(10))
    """In which mails are written: as the person spoke when the account was made, or chose since."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The next four follow the newest row of `subscriptions` by a trigger of the database. No code
    # writes them: the subscription is the only truth.
    subscription_tier: Mapped[str] = mapped_column(String(10), server_default="free")
    subscription_status: Mapped[str] = mapped_column(String(10), server_default="active")
    subscription_start_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    subscription_end_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When what named the person was erased; the row stays, for the records that point at it."""
    auth_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """Grows when all sign-ins shall end (new password, "sign out everywhere"): tokens name it."""

    @property
    def is_active(self) -> bool:
        """Whether the account may be used (flask-login asks this)."""
        return self.disabled_at is None


class Site(db.Model):
    """One WordPress connection: its shared secret in two slots, for rotation."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(20), default="active", server_default="active")
    """active, paused (by the operator) or disconnected (by its owner; the secrets are gone)."""
    key_id: Mapped[str] = mapped_column(String(40))
    secret_encrypted: Mapped[str] = mapped_column(Text, info=sealed("{id}"))
    previous_key_id: Mapped[str | None] = mapped_column(String(40))
    previous_secret_encrypted: Mapped[str | None] = mapped_column(Text, info=sealed("{id}"))
    pages: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Absolute URLs of the site's pages: performance, marketplace, pricing, dashboard."""
    plugin_version: Mapped[str | None] = mapped_column(String(20))
    connected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the present secret was made by a rotation; the previous one counts until it is used."""
    disconnected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    copy_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a second address last used this site's secret, and was refused."""
    is_operators: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it belongs to whoever runs the service: its administrators see and decide what is
    the whole service's, such as money."""


class ConnectCode(db.Model):
    """A one-use code that an operator gives to the owner of a site."""

    __tablename__ = "connect_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    site_id: Mapped[str | None] = mapped_column(String(40))
    """The site whose connection the code renews; None makes a new site."""
    is_operators: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the site that it connects is the operator's own."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SiteMember(db.Model):
    """Which user a WordPress user of a site is."""

    __tablename__ = "site_members"
    __table_args__ = (
        UniqueConstraint("site_id", "wp_user_id"),
        Index("ix_site_members_last_seen_on_user_id", "last_seen_on", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    wp_user_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_on: Mapped[date | None]
    """The newest day in New York on which the member used this site."""
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an administrator of the site shut the member out of it; other sites do not notice."""
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When WordPress deleted the user. Its number may be given again, so the row stays shut."""
    caps: Mapped[list[str] | None] = mapped_column(JSON)
    """What the site said last that the user may do; None while it has said nothing."""
    caps_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By the site's clock. A token that was signed later knows better."""
    sessions_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Tokens that were signed before it are of sessions that have ended."""


class DismissedHint(db.Model):
    """Something that a user has read and wants to see no more."""

    __tablename__ = "dismissed_hints"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    dismissed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EndedSession(db.Model):
    """A sign-in at a WordPress site that has ended, kept until it would have ended by itself."""

    __tablename__ = "ended_sessions"

    site_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    wp_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of WordPress' session token, as signed tokens carry it."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ApiKey(db.Model):
    """A key for programs; only its SHA-256 is kept, the text is shown once."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(24), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When another key took its place; it counts until `expires_at`, so that programs can change."""
    networks: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """From where it may be used; empty: from everywhere."""
    root_id: Mapped[int | None]
    """The first key of a line of rotations; None for that one itself. They are revoked together."""
    maker_id: Mapped[int | None]
    """The key that made this one; when that is revoked, so is this."""


class TokenFamily(db.Model):
    """What a program got in exchange for a key: a line of refresh tokens, each used once."""

    __tablename__ = "token_families"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    auth_version: Mapped[int]
    """The user's at the exchange; another one since ends the family."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """When the last of its refresh tokens ends."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefreshToken(db.Model):
    """One refresh token; only its SHA-256 is kept."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("token_families.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    salt: Mapped[str] = mapped_column(String(64))
    """With the token's own text it makes the next one, so that asking twice gives one and the same."""
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UsedToken(db.Model):
    """The id of a signed token that has written something, kept until it has expired."""

    __tablename__ = "used_tokens"

    jti: Mapped[str] = mapped_column(String(80), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AuditEntry(db.Model):
    """Who did what to whom: one line for each change of rights, secrets or persons, never changed.

    The lines are one hash chain: each hash covers its own columns and the hash before.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_user_id_id", "user_id", "id"),
        Index("ix_audit_entries_site_id_id", "site_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    seq: Mapped[int] = mapped_column(BigId, unique=True)
    at: Mapped[str] = mapped_column(String(32))
    """RFC 3339 in UTC, as text: the hash covers these very characters."""
    action: Mapped[str] = mapped_column(String(60))
    """Past tense with its area, such as key.created or user.signed_in."""
    actor: Mapped[str] = mapped_column(String(120))
    """user:7, site:site_…, operator (the command line) or system (a job)."""
    user_id: Mapped[int | None]
    """The user whom it is about."""
    site_id: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    """What else it is about, such as key:12; empty where user and site say all."""
    detail: Mapped[str] = mapped_column(String(2000))
    """Canonical JSON; never a secret, an address or a name."""
    request_id: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(db.Model):
    """The end of the audit chain, in one row: a missing last line is found, and writers queue."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigId)
    hash: Mapped[str] = mapped_column(String(64))


class UserSession(db.Model):
    """A browser in which a person is signed in; the cookie holds a token, we keep its hash."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """To the minute."""
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the password was last typed in it."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    is_kept: Mapped[bool]
    """Whether the person asked to stay signed in: then it does not end by being idle."""
    browser: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(50))
    """The network only: /24 of IPv4, /48 of IPv6."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInStep(db.Model):
    """A sign-in whose password was right and whose second factor is waited for."""

    __tablename__ = "sign_in_steps"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    is_kept: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class MemberView(db.Model):
    """An administrator looks at a member's dashboard: only reading, for a quarter of an hour."""

    __tablename__ = "member_views"
    __table_args__ = (Index("ix_member_views_ended_at_ends_at", "ended_at", "ends_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    admin_wp_user: Mapped[int]
    """Who looks: a WordPress user of the site."""
    wp_user_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    """The member, and who they are in WordPress."""
    reason: Mapped[str] = mapped_column(String(300))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it ended, by the button or by itself; None while it may be running."""


class SecondFactor(db.Model):
    """The authenticator app of a person; it counts from `confirmed_at` on."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    secret_encrypted: Mapped[str] = mapped_column(Text, info=sealed("second-factor:{user_id}"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The time step of the newest code that was used; no older one is taken."""


class RecoveryCode(db.Model):
    """What lets a person in once without the app; only a hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountMail(db.Model):
    """A mail that an account needs: what of, to whom, and whether the link in it was used.

    The link itself is made when the mail is sent, from the row and a key that is not in the
    database.
    """

    __tablename__ = "account_mails"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    """sign_up, has_account, reset, no_account, new_address, or a notice such as new_password."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(10))
    nonce: Mapped[str] = mapped_column(String(40))
    """Part of what the link is signed over, so that a row made anew under an old id is another."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AttemptCount(db.Model):
    """How often somebody tried something lately; who and what stand in the key as a hash."""

    __tablename__ = "attempt_counts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)
