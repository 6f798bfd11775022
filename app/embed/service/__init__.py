"""What the fragments show, composed from the slices below."""

from __future__ import annotations

from app.embed.service.analyses import AnalysisPanel, analysis_panel, ask_analysis, draw_analysis
from app.embed.service.analyses import known_of as known_analysis
from app.embed.service.analyses import overview as analyses_overview
from app.embed.service.backtests import (
    backtest,
    backtest_csv,
    backtest_trades,
    cancel_backtest,
    list_backtests,
    start_backtest,
)
from app.embed.service.campaigns import tell_missing, tell_next_step
from app.embed.service.coach import card_of, coach_panel, known_of, large_view, live_cards
from app.embed.service.coach_cards import card_tag, card_view
from app.embed.service.deployments import (
    change_parameters,
    choices,
    deployment_now,
    deployment_page,
    deployments_tag,
    list_deployments,
    pause_deployment,
    resume_deployment,
    start_deployment,
    stop_deployment,
)
from app.embed.service.desk import desk_levels_of, desk_now, find_symbols, now_tag
from app.embed.service.desk import panel as desk_panel
from app.embed.service.desk_bars import desk_bars as desk_older
from app.embed.service.desk_bars import desk_step
from app.embed.service.desk_charts import (
    bars_file,
    change_chart,
    copy_chart,
    delete_chart,
    refused,
    rename_chart,
    share_chart,
    undo_change,
    unshare_chart,
)
from app.embed.service.desk_charts import panel as chart_panel
from app.embed.service.desk_charts import picture as chart_picture
from app.embed.service.desk_lists import new_indicators
from app.embed.service.display import add_to_templates
from app.embed.service.imports import cancel_import, import_status, preview_import, start_import
from app.embed.service.keys import (
    api_keys,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
    settings,
)
from app.embed.service.market import shelf
from app.embed.service.member import (
    overview,
    overview_tag,
    own_accounts,
    own_robots,
    own_trades,
    own_years,
    set_opening,
)
from app.embed.service.options import Typed, macro_page, options_panel
from app.embed.service.panels import (
    dashboard_panel,
    plan_panel,
    robots_panel,
)
from app.embed.service.pricing import pricing
from app.embed.service.records import leaderboard, track_records
from app.embed.service.requests import (
    ask_for_name,
    public_name,
    reports,
    send_report,
    withdraw_name,
)
from app.embed.service.robot import robot_page
from app.embed.service.robot_forms import backtest_form, deploy_form
from app.embed.service.streams import open_chart, open_stream
from app.embed.service.webhooks import (
    create_webhook,
    delete_webhook,
    replay_webhook,
    rotate_webhook,
    send_test,
    switch_webhook,
    webhook,
    webhooks,
)

__all__ = [
    "AnalysisPanel",
    "Typed",
    "add_to_templates",
    "analyses_overview",
    "analysis_panel",
    "api_keys",
    "ask_analysis",
    "ask_for_name",
    "backtest",
    "backtest_csv",
    "backtest_form",
    "backtest_trades",
    "bars_file",
    "cancel_backtest",
    "cancel_import",
    "card_of",
    "card_tag",
    "card_view",
    "change_chart",
    "change_parameters",
    "chart_panel",
    "chart_picture",
    "choices",
    "coach_panel",
    "copy_chart",
    "create_api_key",
    "create_webhook",
    "dashboard_panel",
    "delete_chart",
    "delete_webhook",
    "deploy_form",
    "deployment_now",
    "deployment_page",
    "deployments_tag",
    "desk_levels_of",
    "desk_now",
    "desk_older",
    "desk_panel",
    "desk_step",
    "draw_analysis",
    "find_symbols",
    "import_status",
    "known_analysis",
    "known_of",
    "large_view",
    "leaderboard",
    "list_backtests",
    "list_deployments",
    "live_cards",
    "macro_page",
    "new_indicators",
    "now_tag",
    "open_chart",
    "open_stream",
    "options_panel",
    "overview",
    "overview_tag",
    "own_accounts",
    "own_robots",
    "own_trades",
    "own_years",
    "pause_deployment",
    "plan_panel",
    "preview_import",
    "pricing",
    "public_name",
    "refused",
    "rename_chart",
    "replay_webhook",
    "reports",
    "resume_deployment",
    "revoke_api_key",
    "robot_page",
    "robots_panel",
    "rotate_api_key",
    "rotate_webhook",
    "send_report",
    "send_test",
    "set_opening",
    "settings",
    "share_chart",
    "shelf",
    "start_backtest",
    "start_deployment",
    "start_import",
    "stop_deployment",
    "switch_webhook",
    "tell_missing",
    "tell_next_step",
    "track_records",
    "undo_change",
    "unshare_chart",
    "webhook",
    "webhooks",
    "withdraw_name",
]
