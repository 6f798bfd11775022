"""Bodies of odd lengths and codings, files that never end, packed files, and the command line."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile

import pytest

from app.ledger.errors import UnusableFileError
from app.ledger.rules.files import check_bytes, read_rows
from tests.factories.bad_inputs import FILES

HEAD = b"external_id,executed_at,symbol,side,qty,price,fee,currency\n"
ROWS = 150_000
MIB = 1 << 20
FILL = {"external_id": "x", "executed_at": "2026-05-20T14:00:00Z", "symbol": "AAPL", "side": "buy",
        "qty": "1", "price": "10"}  # fmt: skip
BODY = json.dumps({"plugin_id": "mine", "fills": [FILL]}).encode()


class Endless(io.RawIOBase):
    """A file of many rows that are made while they are read: it lies nowhere."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.seek(0)

    def seek(self, place: int, _whence: int = 0) -> int:
        assert place == 0
        self.made, self.rest = 0, HEAD
        return 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return 0

    def readinto(self, buffer) -> int:
        if not self.rest and self.made < self.rows:
            upto = min(self.made + 1000, self.rows)
            self.rest = b"".join(
                b"r%d,2026-05-20T14:00:00Z,AAPL,buy,1,10,0,USD\n" % number
                for number in range(self.made, upto)
            )
            self.made = upto
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


@pytest.mark.req("S4-109")
def test_a_long_file_is_read_row_by_row_in_flat_memory():
    """A million rows do the same (benchmarks/bench_import.py); fewer show it as well."""
    file = io.BufferedReader(Endless(ROWS))
    tracemalloc.start()
    try:
        check_bytes(file)
        count = sum(1 for row in read_rows(file) if row.fill is not None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == ROWS
    assert peak < 8 * MIB, f"{peak / MIB:.1f} MB for a file of {ROWS * 45 / MIB:.0f} MB"


def packed() -> dict[str, bytes]:
    """Return small files that would be a gigabyte once unpacked."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("fills.csv", b"0" * (200 * MIB))
    return {"zip": bomb.getvalue(), "gzip": gzip.compress(b"0" * (50 * MIB))}


def test_packed_files_are_refused_unread():
    for name, content in packed().items():
        assert len(content) < MIB, name
        tracemalloc.start()
        with pytest.raises(UnusableFileError) as refused:
            check_bytes(io.BytesIO(content))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 * MIB, name
        assert refused.value.message


def test_a_packed_body_is_refused_by_name(app, member, bearer):
    headers = {**bearer(member()), "Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = app.test_client().post("/api/ledger/fills", data=gzip.compress(BODY), headers=headers)
    assert answer.status_code == 415
    assert answer.json["errors"][0]["pointer"] == "/Content-Encoding"


@pytest.fixture
def sent(app, member, bearer):
    """Return a function that sends the body with the length and coding that a header claims."""
    headers = bearer(member())

    def send(body=BODY, **environ):
        return app.test_client().post(
            "/api/ledger/fills",
            headers={**headers, "Content-Type": "application/json"},
            environ_overrides={"wsgi.input": io.BytesIO(body), **environ},
        )

    return send


@pytest.mark.req("S4-109")
@pytest.mark.parametrize(
    ("environ", "statuses"),
    [
        ({"CONTENT_LENGTH": str(len(BODY))}, {200}),
        ({"CONTENT_LENGTH": ""}, {422}),
        ({"CONTENT_LENGTH": "0"}, {422}),
        ({"CONTENT_LENGTH": "-1"}, {400, 422}),
        ({"CONTENT_LENGTH": "many"}, {400, 422}),
        ({"CONTENT_LENGTH": str(len(BODY) - 5)}, {422}),
        ({"CONTENT_LENGTH": str(len(BODY) + 50)}, {400, 422}),
        ({"CONTENT_LENGTH": str(10**12)}, {413}),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
         {200}),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, {422}),
        ({"CONTENT_LENGTH": str(len(BODY)), "HTTP_TRANSFER_ENCODING": "chunked",
          "wsgi.input_terminated": True}, {200, 400}),
    ],
    ids=str,
)  # fmt: skip
def test_odd_lengths_are_read_or_refused_as_a_problem(sent, environ, statuses):
    answer = sent(**environ)
    assert answer.status_code in statuses, answer.text
    if answer.status_code != 200:
        assert answer.content_type == "application/problem+json"


def test_a_chunked_body_without_end_is_cut_at_the_limit(sent):
    huge = b'{"plugin_id": "' + b"x" * (27 * MIB) + b'"}'
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer = sent(huge, CONTENT_LENGTH="", **chunked)
    assert answer.status_code == 413, answer.text
    assert answer.json["code"] in {"request_entity_too_large", "content_too_large"}


@pytest.mark.parametrize("name", FILES)
def test_the_command_line_reads_a_file_or_refuses_it_in_words(app, member, tmp_path, name):
    member("owner@example.test")
    content, may_be_kept = FILES[name]
    path = tmp_path / "fills.csv"
    path.write_bytes(content)
    args = ["ledger", "import", str(path), "--owner", "owner@example.test", "--plugin", "mine"]
    done = app.test_cli_runner().invoke(args=args)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert done.exit_code in {0, 1, 2}
    assert "Traceback" not in done.output
    if may_be_kept is False:
        assert done.exit_code != 0
        assert "0 created" in done.output or "Nothing was written" in done.output, done.output
