"""Rows of the administrators' routes for route_matrix.py, which says how they are read."""

ADMINISTRATORS = """
GET    /api/admin/overview                                               admin      200 -
GET    /api/admin/business                                               admin      200 -
GET    /api/admin/business/<listing>                                     admin      200 -
GET    /api/admin/business/<listing>/file                                admin      200 -
GET    /api/admin/ai                                                     admin      200 -
GET    /api/admin/ai/runs                                                admin      200 -
GET    /api/admin/ai/runs/file                                           admin      200 -
GET    /api/admin/ai/settings                                            admin      200 -
POST   /api/admin/ai/settings                                            admin      200 -
GET    /api/admin/ai/health                                              owner      200 -
POST   /api/admin/ai/models/<model>/check                                owner      404 -
GET    /api/admin/ai/prompts                                             owner      200 -
POST   /api/admin/ai/prompts/<task>                                      owner      200 -
POST   /api/admin/ai/prompts/<task>/choice                               owner      200 -
GET    /api/admin/ai/prompts/<task>/<int:number>                         owner      404 -
POST   /api/admin/ai/prompts/<task>/<int:number>/trials                  owner      404 -
GET    /api/admin/members/<int:member_id>/money                          owner      200 membership
POST   /api/admin/members/<int:member_id>/plan                           owner      200 membership
GET    /api/admin/members/<int:member_id>/change                         owner      422 membership
POST   /api/admin/members/<int:member_id>/change                         owner      503 membership
POST   /api/admin/members/<int:member_id>/cancel                         owner      503 membership
POST   /api/admin/members/<int:member_id>/refund                         owner      404 membership
POST   /api/admin/members/<int:member_id>/view                           owner      403 membership
GET    /api/admin/members/<int:member_id>/view                           owner      404 membership
POST   /api/admin/members/<int:member_id>/view/end                       owner      200 membership
GET    /api/admin/operation                                              owner      200 -
POST   /api/admin/events/<event_id>/replay                               owner      404 -
POST   /api/admin/creators/<int:creator_id>/hold                         owner      404 -
POST   /api/admin/creators/<int:creator_id>/release                      owner      404 -
GET    /api/admin/logs                                                   admin      200 -
GET    /api/admin/members                                                admin      200 -
GET    /api/admin/members/<int:member_id>                                admin      200 membership
POST   /api/admin/members/<int:member_id>/disable                        admin      200 membership
POST   /api/admin/members/<int:member_id>/enable                         admin      200 membership
GET    /api/admin/moderation                                             admin      200 -
POST   /api/admin/moderation/<int:case_id>/decision                      admin      200 case
GET    /api/admin/robots                                                 admin      200 -
GET    /api/admin/robots/<plugin_id>                                     admin      200 -
PUT    /api/admin/robots/<plugin_id>                                     admin      200 -
GET    /api/admin/audit                                                  admin      200 -
"""
