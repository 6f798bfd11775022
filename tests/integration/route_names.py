"""What the addresses of the route matrix name that is nobody's, and the boards of everybody."""

from __future__ import annotations

# What addresses name that nobody owns.
NAMES = {
    "offer_id": "1",
    "token": "no-such-token",
    "listing": "sign_ups",
    "model": "gpt-9",
    "provider": "openai",
    "task": "coach",
    "number": "999999",
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

# Rows of route_matrix.py, of the market desk, of the coach and of pictures of positions.
SCREENS = """
GET    /embed/desk                                                       person     200 -
GET    /embed/desk-now                                                   person     200 -
GET    /embed/desk-levels                                                person     200 -
GET    /embed/desk-bars                                                  person     200 -
GET    /embed/desk-step                                                  person     200 -
GET    /embed/desk-symbols                                               person     200 -
GET    /embed/desk-chart/<int:chart_id>                                  person     200 chart
GET    /embed/desk-picture/<int:chart_id>                                person     200 chart
GET    /embed/desk-csv/<int:chart_id>                                    person     200 chart
POST   /embed/desk-operations                                            person     200 -
POST   /embed/desk-charts                                                person     200 -
POST   /embed/desk-chart/<int:chart_id>/title                            person     200 chart
POST   /embed/desk-chart/<int:chart_id>/share                            person     200 chart
POST   /embed/desk-chart/<int:chart_id>/unshare                          person     200 chart
POST   /embed/desk-chart/<int:chart_id>/undo                             person     200 chart
POST   /embed/desk-chart/<int:chart_id>/delete                           person     200 chart
GET    /api/analyses                                                     charts     200 -
POST   /api/analyses                                                     chartw     202 -
GET    /api/analyses/calibration                                         charts     200 -
GET    /api/analyses/<int:analysis_id>                                   charts     200 analysis
POST   /api/analyses/<int:analysis_id>/stop                              chartw     200 analysis
POST   /api/analyses/<int:analysis_id>/apply                             chartw     200 analysis
POST   /api/analyses/<int:analysis_id>/undo                              chartw     200 analysis
POST   /api/analyses/<int:analysis_id>/dismiss                           chartw     200 analysis
GET    /embed/desk-analysis                                              person     200 -
POST   /embed/desk-analysis                                              person     200 -
POST   /embed/desk-analysis/<int:analysis_id>/stop                       person     200 analysis
POST   /embed/desk-analysis/<int:analysis_id>/apply                      person     200 analysis
POST   /embed/desk-analysis/<int:analysis_id>/undo                       person     200 analysis
POST   /embed/desk-analysis/<int:analysis_id>/dismiss                    person     200 analysis
GET    /embed/desk-analyses                                              person     200 -
GET    /embed/dashboard-coach                                            person     200 -
GET    /embed/coach                                                      person     200 -
GET    /embed/coach-panel                                                person     200 -
GET    /embed/coach-card                                                 person     404 -
POST   /embed/coach                                                      person     200 -
POST   /embed/coach/<int:conversation_id>/delete                         person     200 conversation
GET    /embed/coach-text/<int:conversation_id>                           person     200 conversation
GET    /embed/coach-messages/<int:message_id>                            person     200 message
POST   /embed/coach-messages/<int:message_id>/stop                       person     200 message
POST   /embed/coach-messages/<int:message_id>/again                      person     200 message
POST   /embed/coach-messages/<int:message_id>/feedback                   person     200 message
POST   /embed/coach-messages/<int:message_id>/draw                       person     200 message
POST   /embed/screenshots                                                person     200 -
GET    /embed/screenshot/<int:screenshot_id>                             person     200 screenshot
GET    /embed/screenshot-picture/<int:screenshot_id>                     person     200 screenshot
POST   /embed/screenshot/<int:screenshot_id>/confirm                     person     200 screenshot
POST   /embed/screenshot/<int:screenshot_id>/again                       person     200 screenshot
POST   /embed/screenshot/<int:screenshot_id>/delete                      person     200 screenshot
GET    /api/screenshots                                                  ledger     200 -
POST   /api/screenshots                                                  write      201 -
GET    /api/screenshots/<int:screenshot_id>                              ledger     200 screenshot
GET    /api/screenshots/<int:screenshot_id>/picture                      ledger     200 screenshot
POST   /api/screenshots/<int:screenshot_id>/read                         write      200 screenshot
POST   /api/screenshots/<int:screenshot_id>/confirm                      write      200 screenshot
DELETE /api/screenshots/<int:screenshot_id>                              write      204 screenshot
"""

# Pages on which the pseudonyms of everybody stand, because they are public boards.
BOARDS = {
    "/api/performance/public/leaderboard", "/embed/performance", "/embed/leaderboard-table",
    "/embed/robot/<plugin_id>", "/embed/marketplace", "/embed/robot-cards",
}  # fmt: skip
