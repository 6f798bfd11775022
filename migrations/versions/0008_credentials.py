"""API keys end, rotate and know networks; programs exchange them for short tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def key_columns() -> list[sa.Column]:
    """Return what keys get; the ids without a foreign key, which SQLite cannot add to a table."""
    return [
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("networks", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=True),
        sa.Column("maker_id", sa.Integer(), nullable=True),
    ]


def upgrade() -> None:
    """Add what keys say more, the version that ends tokens, and the tables of refresh tokens."""
    op.add_column(
        "users", sa.Column("auth_version", sa.Integer(), server_default="0", nullable=False)
    )
    for column in key_columns():
        op.add_column("api_keys", column)
    op.create_table(
        "token_families",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("auth_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_token_families_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_keys.id"], name=op.f("fk_token_families_key_id_api_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_families")),
    )
    for name in ("user_id", "key_id", "expires_at"):
        op.create_index(op.f(f"ix_token_families_{name}"), "token_families", [name])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("family_id", BIG_ID, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"],
            ["token_families.id"],
            name=op.f("fk_refresh_tokens_family_id_token_families"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_tokens")),
    )
    op.create_index(op.f("ix_refresh_tokens_family_id"), "refresh_tokens", ["family_id"])


def downgrade() -> None:
    """Take it away; a key that had an end, and one that was replaced, end now."""
    op.execute(
        "UPDATE api_keys SET revoked_at = CURRENT_TIMESTAMP WHERE revoked_at IS NULL "
        "AND (expires_at IS NOT NULL OR rotated_at IS NOT NULL OR CAST(networks AS TEXT) <> '[]')"
    )
    op.drop_table("refresh_tokens")
    op.drop_table("token_families")
    for column in reversed(key_columns()):
        op.drop_column("api_keys", column.name)
    op.drop_column("users", "auth_version")
