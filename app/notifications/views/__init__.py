"""Pages about mails: which of them a member gets, and the mailbox of a machine without a server."""

from app.notifications.views import mailbox
from app.notifications.views.choices import bp, own, pages

__all__ = ["bp", "mailbox", "own", "pages"]
