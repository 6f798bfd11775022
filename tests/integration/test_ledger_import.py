"""Importing files: on the command line and step by step for the page, in every odd shape."""

from __future__ import annotations

import gc
import json

import pytest
from sqlalchemy import select

from app.core import outbox
from app.core.db import db, transaction
from app.ledger import service
from app.ledger.errors import ImportNotFoundError, ImportStateError, UnusableFileError
from app.ledger.models import AccountDay, ImportContent, LedgerEvent, Trade, TradingAccount
from app.ledger.service import imports
from workers.ledger import run_import

HEADER = "external_id,executed_at,symbol,side,qty,price,fee,currency"
OWNER = "owner@example.test"


def row(number, **changes):
    values = {
        "external_id": f"f{number}",
        "executed_at": f"2026-05-20T14:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "symbol": "AAPL",
        "side": "sell" if number % 2 else "buy",
        "qty": "10",
        "price": str(10 + number % 7),
        "fee": "0.5",
        "currency": "USD",
    }
    return ",".join({**values, **changes}.values())


def file_of(*rows, header=HEADER):
    return "\n".join((header, *rows, "")).encode()


GOOD = file_of(*(row(number) for number in range(6)))


@pytest.fixture
def user_id(app, member):
    return member(OWNER)


@pytest.fixture
def command(app, user_id, tmp_path):
    def run(content, *options):
        path = tmp_path / "fills.csv"
        path.write_bytes(content)
        arguments = ["ledger", "import", str(path), "--owner", OWNER, "--plugin", "ma_cross"]
        return app.test_cli_runner().invoke(args=[*arguments, *options])

    return run


def count(model):
    found = len(db.session.scalars(select(model)).all())
    db.session.rollback()
    return found


@pytest.mark.req("S4-3", "S4-18")
def test_a_file_becomes_trades_and_again_only_duplicates(command):
    result = command(GOOD)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "6 created, 0 duplicate, 0 refused"
    assert count(Trade) == 3
    result = command(GOOD)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "0 created, 6 duplicate, 0 refused"
    assert service.verify() is None


def test_what_a_process_has_set_aside_from_its_collector_stays_so(command):
    gc.collect()
    gc.freeze()
    aside = gc.get_freeze_count()
    assert command(GOOD).exit_code == 0
    assert gc.get_freeze_count() > aside // 2 > 0


def test_a_process_that_sets_nothing_aside_gets_it_all_back(command):
    gc.unfreeze()
    try:
        assert command(GOOD).exit_code == 0
        assert gc.get_freeze_count() == 0
    finally:
        gc.collect()
        gc.freeze()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b",", b";"),
        GOOD.replace(b",", b"\t"),
        GOOD.replace(b"external_id,executed_at", b"External_ID , Executed At"),
        GOOD.replace(b"f1,", b'"f1",'),
        GOOD.replace(b"\nf1", b"\n\n\nf1"),
        file_of(*(row(n) + ",,equity,1,ignored" for n in range(6)),
                header=HEADER + ",fee_currency,asset_class,multiplier,comment"),
        b"\n".join(b",".join(reversed(line.split(b","))) for line in GOOD.splitlines()),
    ],
    ids=["bom", "crlf", "semicolons", "tabs", "header", "quotes", "blank", "optional", "order"],
)  # fmt: skip
def test_usual_shapes_are_read(command, content):
    result = command(content)
    assert result.exit_code == 0, result.output
    assert (count(LedgerEvent), count(Trade)) == (6, 3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row(9, qty="0"), "row 3: qty: must be above zero"),
        (row(9, qty="-1"), "row 3: qty: must be above zero"),
        (row(9, qty="1,5").replace("1,5", '"1,5"'), "row 3: qty: must be a plain number"),
        (row(9, price="0"), "row 3: price: must be above zero"),
        (row(9, price="NaN"), "row 3: price: must be a plain number"),
        (row(9, fee=""), "row 3: fee: is missing"),
        (row(9, symbol="a b"), "row 3: symbol: must be one such as"),
        (row(9, symbol="@SUM(A1)"), 'row 3: symbol: begins with "@"'),
        (row(9, external_id="=1+1"), 'row 3: external_id: begins with "="'),
        (row(9, external_id="-x"), 'row 3: external_id: begins with "-"'),
        (row(9, currency="XXX"), "row 3: currency: must be a currency code"),
        (row(9, executed_at="2026-05-20T14:00:00"), "row 3: executed_at: has no zone"),
        (row(9, executed_at="2999-05-20T14:00:00Z"), "row 3: executed_at: lies in the future"),
        (row(0, qty="11"), "row 3: external_id: is already recorded with other values"),
        (row(9) + ",1", "row 3: row: has 9 cells, the first line has 8"),
        ("a,b", "row 3: row: has 2 cells, the first line has 8"),
        (row(9, symbol='"A\nB"'), "row 3: symbol: must be one such as"),
    ],
)
def test_a_bad_row_is_refused_by_row_and_reason_and_the_others_are_kept(command, line, reason):
    result = command(file_of(row(0), line, row(1)))
    assert result.exit_code == 1
    assert reason in result.output
    assert "2 created, 0 duplicate, 1 refused" in result.output
    assert count(Trade) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        HEADER.encode(),
        HEADER.encode() + b"\n\n",
        GOOD.replace(b"price", b"preis"),
        GOOD.replace(HEADER.encode(), HEADER.encode().replace(b"fee", b"qty")),
        GOOD + b"f9,2026-05-20T14:00:00Z,\xff\xfe,buy,1,1,0,USD\n",
        GOOD + b"\xc3",
        GOOD.decode().encode("utf-16"),
        b"PK\x03\x04" + bytes(100),
        b"\x89PNG\r\n\x1a\n\x00\x00",
        GOOD + b"\x00",
        b"<html></html>",
    ],
)
def test_an_unusable_file_writes_nothing(command, content):
    result = command(content)
    assert result.exit_code == 2
    assert "Nothing was written." in result.output
    assert "Traceback" not in result.output
    assert count(TradingAccount) == 0


def test_a_file_of_refused_rows_only_opens_no_account(command, tmp_path):
    refusals = tmp_path / "refusals.txt"
    content = file_of(*(row(number, qty="0") for number in range(30)))
    result = command(content, "--refusals", str(refusals))
    assert result.exit_code == 1
    assert "... and 10 more refused rows" in result.output
    assert len(refusals.read_text().splitlines()) == 30
    assert count(TradingAccount) == 0


def test_an_unknown_owner_is_one_clear_line(app, tmp_path):
    path = tmp_path / "fills.csv"
    path.write_bytes(GOOD)
    arguments = ["ledger", "import", str(path), "--owner", "no@example.test", "--plugin", "x"]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 2
    assert "There is no user no@example.test" in result.output


def test_the_newest_first_gives_the_same_trades(command, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 7)
    lines = [row(number) for number in range(100)]
    assert command(file_of(*lines)).exit_code == 0
    assert command(file_of(*reversed(lines)), "--kind", "copy").exit_code == 0
    found = {}
    for kind in ("journal", "copy"):
        account = db.session.scalars(select(TradingAccount).filter_by(kind=kind)).one()
        rows = db.session.scalars(select(AccountDay).filter_by(account_id=account.id)).all()
        found[kind] = [
            (day.day, day.trade_count, day.realized, day.fees, day.best, day.worst) for day in rows
        ]
        assert not account.is_backfilled
    db.session.rollback()
    assert found["journal"] == found["copy"]
    assert count(Trade) == 100


# --- step by step, for the page ---


def preview(user_id, content=GOOD):
    return service.preview_import(user_id, "ma_cross", "C:\\my fills.csv", content)


def test_a_preview_shows_rows_and_refusals_and_records_nothing(user_id):
    view = preview(user_id, file_of(row(0), row(1, qty="0"), *(row(n) for n in range(2, 40))))
    assert (view.state, view.row_count, view.refused_count) == ("preview", 40, 1)
    assert view.file_name == "my fills.csv"
    assert view.refusals == [{"row": 3, "field": "qty", "reason": "must be above zero"}]
    assert len(view.rows) == 20
    assert view.rows[1]["row"] == "4"
    assert service.get_import(user_id, view.id) == view
    assert count(LedgerEvent) == 0


def test_an_import_runs_to_its_end_and_drops_the_file(user_id):
    view = preview(user_id)
    service.start_import(user_id, view.id)
    service.start_import(user_id, view.id)
    jobs = db.session.scalars(select(outbox.OutboxRow).filter_by(name="ledger.run_import")).all()
    assert [(job.payload, job.queue) for job in jobs] == [
        ({"import_id": view.id, "language": "en"}, "bulk")
    ]
    db.session.rollback()
    run_import(**jobs[0].payload)
    run_import(**jobs[0].payload)
    done = service.get_import(user_id, view.id)
    assert (done.state, done.created_count, done.progress_ratio) == ("done", 6, 1)
    assert (count(ImportContent), count(Trade)) == (0, 3)
    assert service.list_imports(user_id)[0].id == view.id


@pytest.mark.req("S4-18")
@pytest.mark.parametrize("cut_after", range(1, 6))
def test_an_import_that_is_cut_goes_on_where_it_was(user_id, monkeypatch, cut_after):
    monkeypatch.setattr(imports, "CHUNK", 2)
    view = preview(user_id, file_of(*(row(number) for number in range(11))))
    service.start_import(user_id, view.id)
    calls = []

    def cut():
        calls.append(1)
        if len(calls) == cut_after:
            raise KeyboardInterrupt

    renew = outbox.renew_lease
    monkeypatch.setattr(outbox, "renew_lease", cut)
    with pytest.raises(KeyboardInterrupt):
        run_import(view.id)
    monkeypatch.setattr(outbox, "renew_lease", renew)
    running = service.get_import(user_id, view.id)
    assert running.next_row == 2 * (cut_after - 1)
    assert count(LedgerEvent) == running.next_row
    run_import(view.id)
    done = service.get_import(user_id, view.id)
    assert (done.state, done.created_count, done.duplicate_count) == ("done", 11, 0)
    assert count(LedgerEvent) == 11


def test_a_cancelled_import_keeps_what_is_recorded(user_id, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 2)
    view = preview(user_id)
    service.start_import(user_id, view.id)
    # Cancelled from another process between two chunks.
    monkeypatch.setattr(imports, "_chunks", lambda rows: _cancelling(user_id, view.id, list(rows)))
    run_import(view.id)
    done = service.get_import(user_id, view.id)
    assert (done.state, done.created_count) == ("cancelled", 2)
    assert (count(LedgerEvent), count(Trade), count(ImportContent)) == (2, 1, 0)
    with pytest.raises(ImportStateError):
        service.start_import(user_id, view.id)


def _cancelling(user_id, import_id, rows):
    yield rows[:2]
    service.cancel_import(user_id, import_id)
    yield rows[2:]


def test_a_second_upload_gives_up_the_first_preview(user_id):
    first, second = preview(user_id), preview(user_id)
    assert service.get_import(user_id, first.id).state == "cancelled"
    assert service.get_import(user_id, second.id).state == "preview"
    assert count(ImportContent) == 1


def test_an_unusable_upload_is_refused(user_id):
    for content in (b"", b"\xff\xfe", HEADER.encode(), json.dumps({}).encode()):
        with pytest.raises(UnusableFileError):
            preview(user_id, content)
    assert service.list_imports(user_id) == []


def test_a_strangers_import_is_not_found(user_id, member):
    view, other = preview(user_id), member("other@example.test")
    for step in (service.get_import, service.start_import, service.cancel_import):
        with pytest.raises(ImportNotFoundError):
            step(other, view.id)


def test_an_import_works_on_each_engine(engine_app, member):
    user_id = member(tier="mid")
    view = preview(user_id)
    service.start_import(user_id, view.id)
    run_import(view.id)
    assert service.get_import(user_id, view.id).created_count == 6
    with transaction():
        account_id = db.session.scalars(select(TradingAccount.id)).one()
    assert service.list_trades(user_id, account_id).items[0].symbol == "AAPL"
    assert len(service.recent_fills(user_id, 5)) == 5


def test_a_file_for_refusals_that_cannot_be_written_is_told_before_anything_is_recorded(
    command, tmp_path
):
    result = command(file_of(row(1), row(2, qty="0")), "--refusals", str(tmp_path / "no/file.txt"))
    assert result.exit_code == 2
    assert "no/file.txt" in result.output
    assert count(LedgerEvent) == 0
