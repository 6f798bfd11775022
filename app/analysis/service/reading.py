"""Analyses as they are shown: one, all of a member's, some beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.ai import service as ai
from app.ai.schemas import OFFLINE
from app.analysis import queries
from app.analysis.models import Analysis
from app.analysis.rules.proposing import reward_to_risk
from app.analysis.schemas import AnalysisList, AnalysisQuery, AnalysisView, Piece, Source
from app.analysis.service.asking import job_key
from app.analysis.service.looking import LATEST
from app.analysis.service.proposing import TASK
from app.core import backlog, clock

MOST_COMPARED = 4


def get_analysis(user_id: int, analysis_id: int) -> AnalysisView:
    """Return one of a member's analyses; AnalysisNotFoundError for anybody else's."""
    return view(queries.get_analysis(user_id, analysis_id))


def newest_analysis(user_id: int, symbol: str) -> AnalysisView | None:
    """Return a member's newest analysis of a symbol that was not put away."""
    found = queries.newest(user_id, symbol)
    return None if found is None else view(found)


def list_analyses(user_id: int, asked: AnalysisQuery) -> AnalysisList:
    """Return a member's analyses, the newest first."""
    found = queries.find_analyses(
        user_id, asked.text.strip(), symbol=asked.symbol or "", before=asked.before,
        limit=asked.limit + 1,
    )  # fmt: skip
    rows = list(found[: asked.limit])
    more = rows[-1].id if len(found) > asked.limit else None
    return AnalysisList(items=[view(row) for row in rows], next_before=more)


def compare(user_id: int, ids: Sequence[int]) -> list[AnalysisView]:
    """Return some of a member's analyses beside each other, in the order of asking."""
    chosen = sorted(set(ids))[:MOST_COMPARED]
    return [view(queries.get_analysis(user_id, each)) for each in chosen]


def view(row: Analysis) -> AnalysisView:
    """Return an analysis as others see it."""
    state, reason = row.state, row.reason
    if state in queries.OPEN and row.asked_at < clock.now() - LATEST:
        state, reason = "failed", "lost"  # its job was given up
    is_open = state in queries.OPEN
    progress = ai.read_progress(TASK, row.mark) if is_open else None
    sources = [Source.model_validate(fact) for fact in row.facts]
    numbers = {source.id: number for number, source in enumerate(sources, start=1)}
    names = (
        "id", "chart_id", "chart_version", "symbol", "timeframe", "is_simulated", "asked_at",
        "ended_at", "model", "prompt", "is_from_cache", "price", "priced_at", "bias", "entry",
        "target", "stop", "confidence", "horizon_bars", "ends_at", "removed_count", "drawings",
        "dropped_count", "applied_version", "result", "result_at", "risk_multiple", "account_id",
    )  # fmt: skip
    return AnalysisView.model_validate(
        {name: getattr(row, name) for name in names}
        | {
            "state": state,
            "reason": reason,
            "is_offline": row.model == OFFLINE,
            "reasoning": row.words,
            "pieces": [_piece(part, numbers) for part in row.parts],
            "sources": sources,
            "is_dismissed": row.dismissed_at is not None,
            "reward_to_risk": _reward(row),
            "doing": _doing(progress),
            "ahead": backlog.ahead_of(job_key(row)) if state == "waiting" else None,
        }
    )


def _doing(progress: ai.Progress | None) -> str:
    if progress is None:
        return ""
    return progress.doing or ("writing" if progress.text else "")


def _piece(part: Any, numbers: dict[str, int]) -> Piece:
    if isinstance(part, str):
        return Piece(text=part)
    return Piece(text=part[0], source=numbers[part[1]])


def _reward(row: Analysis) -> Any:
    if row.entry is None or row.target is None or row.stop is None:
        return None
    return reward_to_risk(row.entry, row.target, row.stop)
