"""Who has ended mails about limits that are reached wants none about limits that are near."""

from __future__ import annotations

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the wish hold for both."""
    op.execute(
        "INSERT INTO mail_preferences (user_id, topic, is_wanted, changed_at) "
        "SELECT user_id, 'limit_near', is_wanted, changed_at FROM mail_preferences "
        "WHERE topic = 'limit_reached'"
    )


def downgrade() -> None:
    """Forget wishes about mails that there are none of."""
    op.execute("DELETE FROM mail_preferences WHERE topic = 'limit_near'")
