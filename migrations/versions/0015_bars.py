"""Bars with their source and corrections, and how far each series reaches.

Nothing has written bars before, so the table is made anew: instants as integers, volumes as
floats, on SQLite in the order of the key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _columns(instant, volume):
    return [
        sa.Column(
            "instrument_id",
            sa.Integer(),
            sa.ForeignKey("instruments.id", name=op.f("fk_bars_instrument_id_instruments")),
            nullable=False,
        ),
        sa.Column("timeframe", sa.String(length=4), nullable=False),
        sa.Column("opened_at", instant, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("open", "high", "low", "close")
        ),
        sa.Column("volume", volume, nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "timeframe", "opened_at", name=op.f("pk_bars")),
    ]


def upgrade():
    op.drop_table("bars")
    op.create_table(
        "bars",
        *_columns(sa.BigInteger(), sa.Double()),
        sa.Column("source", sa.String(length=20), nullable=False, server_default="csv"),
        sa.Column("received_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("corrected_at", sa.BigInteger(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bar_series",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("timeframe", sa.String(length=4), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("newest_at", sa.BigInteger(), nullable=True),
        sa.Column("bar_count", sa.Integer(), nullable=False),
        sa.Column("correction_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f("fk_bar_series_instrument_id_instruments"),
        ),
        sa.PrimaryKeyConstraint("instrument_id", "timeframe", name=op.f("pk_bar_series")),
    )


def downgrade():
    op.drop_table("bar_series")
    op.drop_table("bars")
    op.create_table("bars", *_columns(sa.DateTime(timezone=True), sa.BigInteger()))
