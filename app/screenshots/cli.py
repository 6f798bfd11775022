"""`flask screenshots`: how well positions are read from pictures."""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from app.core import security
from app.core.errors import AppError
from app.screenshots import measuring
from app.screenshots.schemas import Reading

screenshots = AppGroup("screenshots", help="Positions read from pictures.")


@screenshots.command("evaluate")
@click.option("--reader", type=click.Choice(["offline", "model"]), default="offline")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Pictures, and a truth.json that says what is on them (make screenshots-report draws some).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(reader: str, folder: Path, *, as_json: bool) -> None:
    """Read every picture of a FOLDER and say how much was right, by broker and field."""
    try:
        truths = measuring.read_truths(folder)
        read = _offline if reader == "offline" else _model
        results = measuring.measure(folder, truths, read(), time.perf_counter)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except AppError as error:
        raise click.ClickException(error.message) from error
    found = measuring.summary(results)
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(_told(found)))


def _offline() -> Callable[[measuring.Picture], Reading]:
    # Its libraries load in half a second: only this command pays it.
    from app.screenshots.reading import read

    return lambda picture: read(picture.content, picture.seen_on)


def _model() -> Callable[[measuring.Picture], Reading]:
    """Ask as the job asks, at the cost of the operator: each run anew."""
    from app.screenshots.service import read_picture

    run = security.random_token(8)

    def read(picture: measuring.Picture) -> Reading:
        media_type = mimetypes.guess_type(picture.name)[0] or "image/png"
        said = read_picture(
            picture.content,
            media_type,
            f"evaluate:{run}:{picture.name}"[:64],
            seen_on=picture.seen_on,
        )
        if said.model == "offline":
            message = "no model could be asked: set a provider's key, or measure --reader offline"
            raise ValueError(message)
        return said.reading

    return read


def _told(found: dict[str, Any]) -> list[str]:
    lines = [
        (
            f"{found['pictures']} pictures, {found['positions']} positions: {found['missed']} missed, "
            f"{found['invented']} invented; broker known in {found['brokers_known']}, spreads right in "
            f"{found['spreads_right']}"
        )
    ]
    for broker, fields in found["fields"].items():
        shares = (f"{name} {_share(each)}" for name, each in fields.items() if each["n"])
        lines.append(f"{broker}: {', '.join(shares)}")
    lines += [
        f"confidence {band['from']:.2f} to {band['to']:.2f}: {_share(band)}"
        for band in found["calibration"]
        if band["n"]
    ]
    if found["seconds"]:
        median, late = found["seconds"]["median"], found["seconds"]["p95"]
        lines.append(f"a picture: {median:.2f} s (median), {late:.2f} s (95 of 100)")
    return lines


def _share(each: dict[str, Any]) -> str:
    return f"{100 * each['share']:.1f} % ({100 * each['low']:.1f} to {100 * each['high']:.1f}, n {each['n']})"
