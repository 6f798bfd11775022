"""Installing: what is missing is named in one line when it cannot be had."""

import shutil

import pytest

from scripts import debian, install
from scripts.console import Refusal, run_main
from scripts.settings import NEWEST_WORDPRESS
from scripts.wordpress import download


def test_without_apt_the_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _tool: None)

    with pytest.raises(Refusal, match=r"^missing: chromium postgresql \(no apt-get here"):
        debian.install(["chromium", "postgresql"])


def test_without_root_and_sudo_the_command_to_run_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", {"apt-get": "/usr/bin/apt-get"}.get)
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)

    with pytest.raises(Refusal, match=r"needs root or sudo: apt-get install php-cli"):
        debian.install(["php-cli"])


def test_without_npm_the_way_out_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(download.CORES, NEWEST_WORDPRESS, tmp_path / "absent")
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == "npm" else f"/bin/{tool}")

    with pytest.raises(Refusal, match=r"npm is missing: .* \(or set WORDPRESS=0\)"):
        download.ensure_core()


def test_nothing_missing_calls_nothing(monkeypatch):
    monkeypatch.setattr(debian.subprocess, "run", None)

    debian.install([])


def test_without_a_reader_of_pictures_the_rest_runs_and_it_is_said(monkeypatch, capsys):
    monkeypatch.setattr(debian, "missing_tools", list)
    monkeypatch.setattr(shutil, "which", lambda _tool: None)

    install._install_reader()

    said = "".join(capsys.readouterr())
    assert "cannot be read without a model: missing: tesseract-ocr tesseract-ocr-eng" in said


def test_a_refusal_is_one_line_and_an_exit_code(capsys):
    def refuse():
        raise Refusal("port 5000 is taken", 1)

    with pytest.raises(SystemExit) as caught:
        run_main(refuse)

    assert caught.value.code == 1
    assert capsys.readouterr().err == "port 5000 is taken\n"
