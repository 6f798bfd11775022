"""All topics by name."""

from __future__ import annotations

from app.notifications.service import topics_campaigns, topics_creators, topics_money
from app.notifications.service.topic import Topic

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (*topics_money.TOPICS, *topics_creators.TOPICS, *topics_campaigns.TOPICS)
}
CAMPAIGNS = tuple(name for name, topic in TOPICS.items() if topic.is_campaign)


def get_topic(name: str) -> Topic:
    """Return a topic; ValueError for a name that no code knows."""
    topic = TOPICS.get(name)
    if topic is None:
        message = f"{name!r} is no topic of mails: {', '.join(TOPICS)}"
        raise ValueError(message)
    return topic


def title_of(name: str) -> str:
    """Return what members call the mails of a topic, in the language in use."""
    return str(get_topic(name).title)
