"""What the addresses of the route matrix name that is nobody's, and the boards of everybody."""

from __future__ import annotations

# What addresses name that nobody owns.
NAMES = {
    "offer_id": "1",
    "token": "no-such-token",
    "listing": "sign_ups",
    "event_id": "evt_none",
    "creator_id": "999999",
    "action": "resume",
    "filename": "trp.css",
    "key": "hand-0000000000000000",
    "plugin_id": "ma_cross",
    "symbol": "NVDA",
    "kind": "sma",
    "period": "daily",
    "state": "off",
}

# Rows of route_matrix.py, of the coach.
COACH = """
GET    /embed/dashboard-coach                                            person     200 -
POST   /embed/coach                                                      person     200 -
POST   /embed/coach/<int:conversation_id>/delete                         person     200 conversation
GET    /embed/coach-text/<int:conversation_id>                           person     200 conversation
GET    /embed/coach-messages/<int:message_id>                            person     200 message
POST   /embed/coach-messages/<int:message_id>/stop                       person     200 message
POST   /embed/coach-messages/<int:message_id>/again                      person     200 message
POST   /embed/coach-messages/<int:message_id>/feedback                   person     200 message
"""

# Pages on which the pseudonyms of everybody stand, because they are public boards.
BOARDS = {
    "/api/performance/public/leaderboard", "/embed/performance", "/embed/leaderboard-table",
    "/embed/robot/<plugin_id>", "/embed/marketplace", "/embed/robot-cards",
}  # fmt: skip
