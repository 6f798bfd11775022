"""`flask coach`: the same answers on the command line."""

from __future__ import annotations

import json
from typing import Any

import click
from flask.cli import AppGroup

from app.accounts import service as accounts
from app.coach import service
from app.coach.rules.citing import Citation
from app.coach.rules.facts import Fact
from app.core import security
from app.core.errors import AppError

coach = AppGroup("coach", help="Ask the coach.")


@coach.command("ask")
@click.argument("email")
@click.argument("question")
@click.option("--symbol", default="", help="Of the chart that is open.")
@click.option("--prompt", "number", type=int, help="Dry run of this version of the prompt.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every citation.")
def ask(email: str, question: str, symbol: str, number: int | None, *, as_json: bool) -> None:
    """Answer a QUESTION of the member EMAIL."""
    try:
        answer = _answer(email, question, symbol.upper(), number)
    except AppError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        click.echo(json.dumps(_document(answer), indent=2, default=str))
        return
    click.echo(answer.checked.text)
    if number is not None:
        _tell_dry_run(answer)
    if answer.outcome.is_offline:
        click.echo("(no model was used)")
    for chart in answer.charts:
        click.echo(f"  chart: {chart.model_dump_json(exclude_none=True)}")
    for fact in _cited(answer):
        label = " ".join(part for part in (fact.label, fact.symbol) if part)
        click.echo(f"  [{fact.id}] {label}: {fact.source}")


def _answer(email: str, question: str, symbol: str, number: int | None) -> service.Answer:
    user = accounts.find_user_by_email(email)
    if user is None:
        message = f"There is no member {email}."
        raise click.ClickException(message)
    key = f"cli:{security.random_token(12)}"
    if number is None:
        return service.answer(user.id, question, key, symbol=symbol)
    return service.try_prompt(user.id, question, key, number, symbol=symbol)


def _tell_dry_run(answer: service.Answer) -> None:
    click.echo(f"(dry run of {answer.outcome.prompt}, {answer.outcome.cost:f} USD)")
    for sentence in answer.checked.removed:
        click.echo(f"  removed: {sentence}")


def _cited(answer: service.Answer) -> list[Fact]:
    cited = [part.fact for part in answer.checked.parts if isinstance(part, Citation)]
    return list({fact.id: fact for fact in cited}.values())


def _document(answer: service.Answer) -> dict[str, Any]:
    return {
        "answer": answer.checked.text,
        "model": answer.outcome.model,
        "is_offline": answer.outcome.is_offline,
        "removed_count": len(answer.checked.removed),
        "cost": str(answer.outcome.cost),
        "charts": [chart.model_dump(mode="json", exclude_none=True) for chart in answer.charts],
        "citations": [
            {
                "text": part.text,
                **part.fact.told(),
                "source": part.fact.source,
                "link": part.fact.link,
            }
            for part in answer.checked.parts
            if isinstance(part, Citation)
        ],
    }
