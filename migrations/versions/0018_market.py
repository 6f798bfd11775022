"""Splits and dividends, option chains, and whose bars have to be kept up to date."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PRICES = ("bid", "ask", "open", "high", "low", "close")
COUNTS = ("volume", "open_interest")
FIGURES = ("implied_volatility", "delta", "gamma", "vega", "theta", "rho")


def upgrade():
    op.create_table(
        "corporate_actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('split', 'dividend')", name=op.f("ck_corporate_actions_kind")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f("fk_corporate_actions_instrument_id_instruments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corporate_actions")),
        sa.UniqueConstraint(
            "instrument_id",
            "session",
            "kind",
            name=op.f("uq_corporate_actions_instrument_id_session_kind"),
        ),
    )
    op.create_table(
        "option_chains",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("underlying_id", sa.Integer(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["underlying_id"],
            ["instruments.id"],
            name=op.f("fk_option_chains_underlying_id_instruments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option_chains")),
        sa.UniqueConstraint(
            "underlying_id", "session", name=op.f("uq_option_chains_underlying_id_session")
        ),
    )
    op.create_table(
        "option_quotes",
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.Column("expiry", sa.Date(), nullable=False),
        sa.Column("strike", sa.BigInteger(), nullable=False),
        sa.Column("option_right", sa.String(length=1), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in PRICES + COUNTS),
        *(sa.Column(name, sa.Double(), nullable=True) for name in FIGURES),
        sa.CheckConstraint(
            "option_right IN ('C', 'P')", name=op.f("ck_option_quotes_option_right")
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"],
            ["option_chains.id"],
            name=op.f("fk_option_quotes_chain_id_option_chains"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "chain_id", "expiry", "strike", "option_right", name=op.f("pk_option_quotes")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "market_subscriptions",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("wanted_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f("fk_market_subscriptions_instrument_id_instruments"),
        ),
        sa.PrimaryKeyConstraint("instrument_id", "wanted_by", name=op.f("pk_market_subscriptions")),
    )


def downgrade():
    op.drop_table("market_subscriptions")
    op.drop_table("option_quotes")
    op.drop_table("option_chains")
    op.drop_table("corporate_actions")
