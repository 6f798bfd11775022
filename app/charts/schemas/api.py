"""What the JSON API of charts takes in and gives out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.charts.schemas.document import Author, Document, Label, Part, Symbol
from app.charts.schemas.operations import Operation

MOST_OPERATIONS = 50
"""So many changes may be asked for at once."""
MOST_PIXELS = 4_200_000
Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[3])]
ModelName = Annotated[Label, Field(min_length=1, examples=["claude"])]
Makers = Literal["me", "anyone", "machine", "member", "program", "model", "replica"]


class Chart(BaseModel):
    """A chart as it is kept."""

    model_config = ConfigDict(frozen=True)

    id: int
    user_id: int
    title: str
    version: int
    """Rises by one with each change; a change may name the version that it saw."""
    document: Document
    created_at: datetime
    changed_at: datetime
    is_shared: bool


class ChartLine(BaseModel):
    """A chart in a list."""

    model_config = ConfigDict(frozen=True)

    id: int
    title: str
    symbol: str
    timeframe: str
    version: int
    created_at: datetime
    changed_at: datetime
    deleted_at: datetime | None
    is_shared: bool


class ChartList(BaseModel):
    """Charts of a member, the one that was changed last first."""

    items: list[ChartLine]


class ChartQuery(Part):
    """Which charts are listed."""

    symbol: Symbol | None = Field(default=None, description="Only charts of this symbol.")
    deleted: bool = Field(
        default=False, description="Those that were deleted and can still be restored, instead."
    )
    limit: int = Field(default=100, ge=1, le=200)


class ChartIn(Part):
    """A new chart: a document, or a copy of another chart."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"title": "Morning", "document": {"symbol": "AAPL", "timeframe": "M5"}},
            ]
        }
    )

    title: Title | None = None
    """The symbol and timeframe when left out."""
    document: dict[str, Any] | None = Field(
        default=None, examples=[{"symbol": "AAPL", "timeframe": "M5"}]
    )
    """Read as `Document`, once its `format` is known."""
    copy_of: int | None = Field(default=None, ge=1, le=2**31 - 1)
    """A chart of yours; what the document would say is taken from it."""


class ChartChange(Part):
    """Another title."""

    title: Title
    version: Version | None = None


class OperationsIn(Part):
    """Changes that are made together or not at all."""

    operations: list[Operation] = Field(
        min_length=1,
        max_length=MOST_OPERATIONS,
        examples=[[{"kind": "draw_support_resistance", "role": "support", "price": "187.2"}]],
    )
    version: Version | None = None
    """The version that was seen; 409 when the chart has another one now."""
    model: ModelName | None = None
    """The model that speaks through the caller: what it draws is marked with its name."""
    replay_id: int | None = Field(default=None, ge=1, le=2**31 - 1)
    """A replay of yours that you look at: what is drawn belongs to its position."""


class Changed(BaseModel):
    """A chart after a change."""

    model_config = ConfigDict(frozen=True)

    chart: Chart
    ids: list[str | None]
    """Of each operation the id of what it added; null where it added nothing."""


class UndoIn(Part):
    """Whose last change is taken back."""

    by: Makers = "me"
    """me: the asker's own; machine: of any program, model or replica; anyone: the last of all."""
    name: Label | None = None
    """Only of the program, model or replica of this name."""
    version: Version | None = None
    model: ModelName | None = None


class Revision(BaseModel):
    """One change of a chart, and who made it."""

    model_config = ConfigDict(frozen=True)

    version: int
    kind: str
    """created, changed, undone, renamed, deleted or restored."""
    by: Author
    operations: list[dict[str, Any]]
    """What was asked for."""
    undoes: int | None
    """The version whose change was taken back."""
    is_undone: bool
    at: datetime


class RevisionList(BaseModel):
    """Changes of a chart, the newest first."""

    items: list[Revision]


class RevisionQuery(Part):
    """Which changes are listed."""

    before: Version | None = Field(default=None, description="Only versions below this one.")
    limit: int = Field(default=50, ge=1, le=200)


class PictureQuery(Part):
    """How a chart is drawn."""

    width: int = Field(default=1280, ge=280, le=2560, description="In pixels of a page.")
    height: int = Field(default=720, ge=240, le=1600, description="In pixels of a page.")
    theme: Literal["dark", "light"] = Field(default="dark", description="The colours.")
    scale: float = Field(
        default=1, ge=1, le=3, description="So many of the picture's pixels for one of a page."
    )
    bars: int | None = Field(
        default=None, ge=10, le=500, description="So many of the newest bars; else by the width."
    )

    @model_validator(mode="after")
    def _is_not_too_large(self) -> Self:
        if self.width * self.height * self.scale**2 > MOST_PIXELS:
            raise PydanticCustomError(
                "too_many_pixels", "width, height and scale make more than 4.2 million pixels"
            )
        return self


class FileQuery(Part):
    """How much of a chart is written into a file."""

    count: int = Field(default=1000, ge=1, le=20_000, description="So many of the newest bars.")
