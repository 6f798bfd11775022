"""What is asked of models: runs, calls, limits of money, own keys and prompts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "ai_answers",
        sa.Column("cache_key", sa.String(length=64), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cache_key", name=op.f("pk_ai_answers")),
    )
    op.create_index(op.f("ix_ai_answers_expires_at"), "ai_answers", ["expires_at"], unique=False)
    op.create_table(
        "ai_breakers",
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_ai_breakers")),
    )
    op.create_table(
        "ai_limits",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ai_limits")),
    )
    op.create_table(
        "ai_prompt_choices",
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_ai_prompt_choices")),
    )
    op.create_table(
        "ai_spend",
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name=op.f("pk_ai_spend")),
    )
    op.create_table(
        "ai_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("key_encrypted", sa.Text(), nullable=False),
        sa.Column("hint", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("monthly_limit", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_ai_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_keys")),
        sa.UniqueConstraint("user_id", "provider", name=op.f("uq_ai_keys_user_id_provider")),
    )
    op.create_table(
        "ai_prompts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["users.id"], name=op.f("fk_ai_prompts_made_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_prompts")),
        sa.UniqueConstraint("task", "number", name=op.f("uq_ai_prompts_task_number")),
        sa.UniqueConstraint("task", "checksum", name=op.f("uq_ai_prompts_task_checksum")),
    )
    op.create_table(
        "ai_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("request_key", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.String(length=40), nullable=True),
        sa.Column("prompt", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("uses_own_key", sa.Boolean(), nullable=False),
        sa.Column("is_from_cache", sa.Boolean(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("tool_calls", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'failed', 'stopped')", name=op.f("ck_ai_runs_state")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_ai_runs_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_runs")),
        sa.UniqueConstraint("task", "request_key", name=op.f("uq_ai_runs_task_request_key")),
    )
    op.create_index(op.f("ix_ai_runs_started_at"), "ai_runs", ["started_at"], unique=False)
    op.create_index(
        "ix_ai_runs_user_id_started_at", "ai_runs", ["user_id", "started_at"], unique=False
    )
    op.create_table(
        "ai_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("estimate", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('reserved', 'settled', 'failed', 'lost')", name=op.f("ck_ai_calls_state")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ai_runs.id"], name=op.f("fk_ai_calls_run_id_ai_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_calls")),
    )
    op.create_index("ix_ai_calls_model_id", "ai_calls", ["model", "id"], unique=False)
    op.create_index(op.f("ix_ai_calls_run_id"), "ai_calls", ["run_id"], unique=False)
    op.create_index(
        "ix_ai_calls_state_started_at", "ai_calls", ["state", "started_at"], unique=False
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("ai_calls")
    op.drop_table("ai_runs")
    op.drop_table("ai_prompts")
    op.drop_table("ai_keys")
    op.drop_table("ai_spend")
    op.drop_table("ai_prompt_choices")
    op.drop_table("ai_limits")
    op.drop_table("ai_breakers")
    op.drop_table("ai_answers")
