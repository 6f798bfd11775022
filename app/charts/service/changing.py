"""Changes of a chart: operations, and taking them back."""

from __future__ import annotations

from datetime import datetime

from app.charts import queries, rules
from app.charts import schemas as s
from app.charts.errors import ChartChangedError, MemberOnlyError, NothingToUndoError
from app.charts.models import Chart as Row
from app.charts.models import ChartRevision
from app.charts.service import charts
from app.charts.service.actors import Actor
from app.charts.service.data import reach_of
from app.charts.service.replays import position_of
from app.core import clock
from app.core.i18n import gettext

_PLACED = (
    s.DrawTrendline,
    s.DrawFibonacci,
    s.DrawSupportResistance,
    s.AddPriceTarget,
    s.AddAnalysisNote,
    s.MoveDrawing,
)
_SHOWN = (s.SetSymbol, s.SetTimeframe)


def apply(
    actor: Actor, chart_id: int, given: s.OperationsIn, *, as_of: datetime | None = None
) -> s.Changed:
    """Change a chart by some operations: all of them, or none.

    `as_of` is the moment of the replay in which it is done; what is drawn belongs to then.

    Raises:
        ChartChangedError: it has another version than `given.version`.
        ValidationError: an operation cannot be done; the chart is untouched.
    """
    row = charts.lock(actor, chart_id, given.version)
    before = document = charts.read(row)
    version, ids = row.version + 1, []
    if given.replay_id is not None:
        as_of = position_of(actor.user_id, given.replay_id)
    for number, operation in enumerate(given.operations):
        hand = rules.Hand(actor.author, clock.now(), _new_id(document, version, number), as_of)
        document, new_id = rules.apply(document, operation, hand)
        ids.append(new_id)
    _check_market(document, given.operations)
    changes = rules.diff(before, document)
    if changes:
        operations = [one.model_dump(mode="json") for one in given.operations]
        charts.put(row, document)
        charts.step(row)
        charts.add_revision(row, actor, "changed", operations=operations, changes=changes)
    return s.Changed(chart=charts.view(row), ids=ids)


def _new_id(document: s.Document, version: int, number: int) -> str:
    """Return an id that no piece of this chart has or had: a version comes once."""
    taken = {one.id for one in (*document.indicators, *document.drawings)}
    made = f"v{version}" if number == 0 else f"v{version}n{number}"
    while made in taken:
        # Somebody brought a document along in which it was used.
        made += "x"
    return made


def _check_market(document: s.Document, operations: list[s.Operation]) -> None:
    placed = [one for one in operations if isinstance(one, _PLACED)]
    if placed or any(isinstance(one, _SHOWN) for one in operations):
        rules.check_places(placed, reach_of(document))


def undo(actor: Actor, chart_id: int, given: s.UndoIn, *, as_of: datetime | None = None) -> s.Chart:
    """Take back the last change of an author that has not been taken back.

    `as_of` is the moment of the replay in which it is done.

    Raises:
        NothingToUndoError: there is none.
        ChartChangedError: what it changed has been changed again since.
        MemberOnlyError: a program wants to take back what the member did.
    """
    row = charts.lock(actor, chart_id, given.version)
    kinds, name = _whose(actor, given)
    found = queries.find_last_change(row.id, kinds, name)
    if found is None:
        message = gettext("There is nothing to undo.")
        raise NothingToUndoError(message)
    document = _without(row, found)
    if as_of and rules.changes_what_is_hidden(charts.read(row), document, as_of):
        message = gettext("The last change is later than this replay. End the replay to undo it.")
        raise NothingToUndoError(message)
    charts.put(row, document)
    charts.step(row)
    charts.add_revision(row, actor, "undone", undoes=found.version)
    return charts.view(row)


def _whose(actor: Actor, given: s.UndoIn) -> tuple[tuple[str, ...], str | None]:
    """Return whose changes may be taken back: kinds of authors, and a name."""
    author = actor.author
    if given.by == "me":
        return (author.kind,), author.name
    every = {
        "anyone": ("member", *rules.MACHINES),
        "machine": rules.MACHINES,
    }
    kinds = every.get(given.by, (given.by,))
    if rules.is_machine(author):
        if given.by == "member":
            message = gettext("A program takes back only what programs did.")
            raise MemberOnlyError(message)
        kinds = tuple(one for one in kinds if one != "member")
    return kinds, given.name


def _without(row: Row, revision: ChartRevision) -> s.Document:
    before = charts.read(row)
    changes = [rules.Change(**one) for one in revision.changes]
    document = rules.revert(before, changes)
    if document is None:
        message = gettext(
            "What version %(version)s changed has been changed again since. Undo that first.",
            version=revision.version,
        )
        raise ChartChangedError(message, version=row.version)
    if document.drawings and document.symbol != before.symbol:
        message = gettext(
            "This chart has drawings on %(symbol)s by now. Remove them first.",
            symbol=before.symbol,
        )
        raise ChartChangedError(message, version=row.version)
    return document
