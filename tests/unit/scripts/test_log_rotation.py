"""Logs of `make run` do not grow for ever, and lose no line of a writer that goes on."""

from __future__ import annotations

from scripts import supervisor


def test_a_large_log_is_begun_anew_under_its_writer(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LOG_LIMIT_BYTES", 10)
    (tmp_path / "small.log").write_text("small\n")
    with (tmp_path / "web.log").open("ab", buffering=0) as writer:
        writer.write(b"a line that is long\n")
        supervisor.rotate_logs(tmp_path)
        writer.write(b"next\n")
        supervisor.rotate_logs(tmp_path)
    assert (tmp_path / "web.log").read_bytes() == b"next\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"a line that is long\n"
    assert not (tmp_path / "small.log.1").exists()
