"""`flask ai`: what models cost, what is set for them, how they do, and versions of prompts."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.ai import service
from app.ai.schemas.owner import UsageQuery
from app.core.errors import AppError

ai = AppGroup("ai", help="Models: cost, limits, health, prompts.")


@ai.command("usage")
@click.option("--period", type=click.Choice(["7d", "30d", "90d"]), default="30d")
def usage(period: str) -> None:
    """Print what was asked of models and what it cost."""
    asked = UsageQuery.model_validate({"period": period})
    found = service.usage(asked, site_id=None, shown_site="")
    sums = found.totals
    click.echo(f"{found.first} to {found.today}: {sums.runs} requests, {sums.failed} failed, "
               f"{sums.cost:f} USD, by own keys {sums.own_cost:f} USD")  # fmt: skip
    for task in found.tasks:
        click.echo(f"  task   {task.task:20} {task.runs:8} {task.cost:f}")
    for model in found.models:
        click.echo(f"  model  {model.model:20} {model.calls:8} {model.cost:f}")
    for member in found.members[:10]:
        click.echo(f"  member {member.name or '-':20} {member.runs:8} {member.cost:f}")
    for alarm in found.alarms:
        click.echo(f"  alarm  {alarm.told_at:%Y-%m-%d %H:%M} {alarm.text}")


@ai.command("limits")
def limits() -> None:
    """Print what is set: limits, order of models, models switched off."""
    for item in service.list_settings(None):
        mark = "*" if item.is_changed else " "
        click.echo(f"{mark} {item.name:28} {item.value}")


@ai.command("set")
@click.argument("name")
@click.argument("value", required=False)
def set_limit(name: str, value: str | None) -> None:
    """Set NAME to VALUE from the next call on; without VALUE back to the usual one."""
    try:
        item = service.change_setting(name, value, site_id=None, by=None)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{item.name} {item.value}")


@ai.command("health")
def health() -> None:
    """Print how each model does."""
    found = service.health()
    for model in found.models:
        key = "key" if model.has_key else "no key"
        p95 = "-" if model.day.p95_seconds is None else f"{model.day.p95_seconds:.1f} s"
        state = "off" if model.is_off else model.state
        click.echo(f"{model.model:20} {key:7} {state:10} day: {model.day.calls} calls, "
                   f"{model.day.failed} failed, p95 {p95} {model.why}")  # fmt: skip
        if model.days_left is not None:
            word = "ends" if model.days_left else "ended"
            instead = f": ask {model.successor}" if model.successor else ""
            click.echo(f"  {word} on {model.ends_on}{instead}")
        if model.passed_over_by:
            click.echo(f"  passed over by {', '.join(model.passed_over_by)}")
    click.echo(f"{found.waiting} wait, the oldest since {found.oldest_seconds} s")


@ai.command("prompts")
@click.argument("task")
@click.option("--text", "number", type=int, help="Print the text of this version.")
def prompts(task: str, number: int | None) -> None:
    """List the versions of a TASK's prompt; * is the one in use."""
    try:
        used = service.prompt(task) if number is None else service.get_prompt(task, number)
    except AppError as error:
        raise click.ClickException(error.message) from error
    if number is not None:
        click.echo(used.text)
        return
    for row in service.list_prompts(task):
        mark = "*" if row.number == used.number else " "
        click.echo(f"{mark} {row.number:4} {row.made_at:%Y-%m-%d %H:%M} {row.note}")


@ai.command("add-prompt")
@click.argument("task")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--note", default="", help="What is new about it.")
def add_prompt(task: str, file: Path, note: str) -> None:
    """Keep FILE as a version of a TASK's prompt; it is not used before it is chosen."""
    try:
        made = service.add_prompt(task, file.read_text(), note=note)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{made.task} {made.number}")


@ai.command("choose-prompt")
@click.argument("task")
@click.argument("number", type=int, required=False)
def choose_prompt(task: str, number: int | None) -> None:
    """Use version NUMBER of a TASK's prompt from now on; without it the program's own."""
    try:
        service.choose_prompt(task, number, user_id=None)
        used = service.prompt(task)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{used.task} {used.number}")
