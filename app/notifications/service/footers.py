"""What stands below a member's mail: why it came, and how mails like it end."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import gettext
from app.notifications.service.page import Footer
from app.notifications.service.places import base
from app.notifications.service.topic import Topic
from app.notifications.service.unsubscribing import make_token

PAGE = "/mail/unsubscribe"


@dataclass(frozen=True)
class Receiver:
    """Who gets a mail."""

    user_id: int
    email: str


def one_click(topic: Topic, to: Receiver, mail_id: int) -> str:
    """Return the address that ends mails of a topic; "" for those that nobody can end."""
    if not topic.is_campaign:
        return ""
    return f"{base()}{PAGE}?token={make_token(to.user_id, to.email, topic.name, mail_id)}"


def footer_of(topic: Topic, to: Receiver, mail_id: int) -> Footer:
    """Return the end of a member's mail."""
    if not topic.is_campaign:
        return Footer(
            gettext(
                "You get this mail because it is about your account, your money or your robots."
            )
        )
    return Footer(
        gettext("You get this mail because you have an account. You can end mails like this one."),
        ((gettext("No more mails like this one"), one_click(topic, to, mail_id)),),
    )
