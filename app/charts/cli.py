"""Commands: pictures of charts."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.charts import service
from app.charts.schemas import PictureQuery
from app.core.errors import AppError
from app.core.parse import parse

charts = AppGroup("charts", help="Charts as data.")


@charts.command()
@click.argument("chart_id", type=int)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--size", default="1280x720", show_default=True, help="WIDTHxHEIGHT.")
@click.option("--scale", default=1.0, show_default=True)
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
def screenshot(chart_id: int, file: Path, size: str, scale: float, theme: str) -> None:
    """Draw any member's chart CHART_ID into FILE as PNG."""
    width, _, height = size.partition("x")
    given = {"width": width, "height": height, "scale": scale, "theme": theme}
    try:
        picture = service.screenshot(
            service.owner_of(chart_id), chart_id, parse(PictureQuery, given)
        )
    except AppError as error:
        raise click.ClickException(error.message) from error
    file.write_bytes(picture)
    click.echo(f"{file}: {len(picture)} bytes")
