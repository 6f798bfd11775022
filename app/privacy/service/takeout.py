"""The copy of everything: one zip with a JSON and a CSV file for each table."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from flask import render_template

from app.accounts import service as accounts
from app.core import clock
from app.core.cells import safe_cell
from app.core.db import db
from app.privacy import queries, rules
from app.screenshots import service as screenshots

README, VERIFIER = "privacy/readme.txt", "privacy/verify.txt"


def write_copy(user_id: int, target: IO[bytes], step: rules.Step | None = None) -> int:
    """Write all that is kept of a user into a zip file; return how many rows it holds."""
    accounts.get_user(user_id)
    total, told = 0, []
    names = list(rules.TABLES)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, name in enumerate(names, 1):
            count = _write_table(archive, name, user_id)
            given, withheld = queries.columns_of(db.metadata.tables[name])
            told.append({"name": name, "rows": count, "given": given, "withheld": withheld})
            total += count
            if step is not None:
                step(number, len(names))
        for called, content in screenshots.pictures_of(user_id):
            archive.writestr(f"pictures/{called}", content)
        readme = render_template(README, user_id=user_id, tables=told, at=clock.now())
        archive.writestr("README.txt", readme)
        archive.writestr("verify.py", render_template(VERIFIER))
    return total


def _write_table(archive: zipfile.ZipFile, name: str, user_id: int) -> int:
    given, _ = queries.columns_of(db.metadata.tables[name])
    # Two files of one archive cannot be written at once: the CSV grows beside it.
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(given)
    count = 0
    with archive.open(f"json/{name}.json", "w") as file:
        file.write(b"[")
        for row in _plain(queries.rows_of(name, user_id)):
            file.write((",\n" if count else "\n").encode())
            file.write(json.dumps(row, ensure_ascii=False).encode())
            writer.writerow(_cells(row))
            count += 1
        file.write(b"\n]\n")
    archive.writestr(f"csv/{name}.csv", lines.getvalue())
    return count


def _plain(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    # As text: no digit is lost, and no reader makes a float of it.
    return format(value, "f") if isinstance(value, Decimal) else value


def _cells(row: dict[str, Any]) -> list[str]:
    return [_cell(value) for value in row.values()]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return safe_cell(text)
