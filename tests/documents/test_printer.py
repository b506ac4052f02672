"""The press is a process of its own: what goes wrong in it stays in it."""
from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from markupsafe import Markup

from elearn.documents.printer import ROOT, Printer, PrintFailed

GOOD = '<!doctype html><html lang="en"><title>Good</title><p>{{ word }}</p>'


def press(folder: Path, template: str, **limits: float) -> Printer:
    (folder / "certificate.html").write_text(template)
    (folder / "briefing.html").write_text(GOOD)
    return Printer(folder, **limits)  # type: ignore[arg-type]  # seconds or most


@pytest.mark.parametrize("address", [
    "file:///etc/passwd", "http://127.0.0.1:9/x.css", "https://learn.example/x.png", "//evil.example/x.css", "data:text/css,p{}", "ftp://x.example/x.css",
    "../../../../etc/passwd", "%2e%2e/%2e%2e/wsgi.py", "../elearn/settings.py", "css/absent.css", "fonts/pdf/OFL-noto.txt", "C:/x.css",
])
@pytest.mark.parametrize("markup", [
    '<link rel="attachment" href="{}">', '<link rel="stylesheet" href="{}">', '<p><img src="{}" alt="x">', '<style>@import url("{}");</style>',
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="{}" width="9" height="9"/></svg>', '<p style="background: url({})">',
])
def test_a_document_can_fetch_nothing_but_our_own_files(fetching: Printer, address: str, markup: str) -> None:
    with pytest.raises(PrintFailed, match="a document asked for"):
        fetching.render("certificate.html", {"word": "x", "markup": Markup(markup.format(address))})


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printer]:
    printer = press(tmp_path_factory.mktemp("templates"), GOOD + "{{ markup }}")
    yield printer
    printer.close()


def test_text_is_escaped_and_only_markup_is_not(tmp_path: Path) -> None:
    printer = press(tmp_path, GOOD)
    try:
        assert printer.render("certificate.html", {"word": '<link rel="attachment" href="file:///etc/passwd">'}).startswith(b"%PDF-")
    finally:
        printer.close()


def test_after_a_crash_the_next_document_is_printed(tmp_path: Path) -> None:
    printer = press(tmp_path, GOOD)
    try:
        printer.render("briefing.html", {"word": "one"})
        assert printer._press is not None
        printer._press._child.kill()
        with pytest.raises(PrintFailed):
            # The death may be noticed before the request is sent (then a new press prints it), so make sure it is met on the way.
            printer._running = lambda: printer._press  # type: ignore[method-assign,assignment,return-value]  # the test stands in for the press
            printer.render("briefing.html", {"word": "two"})
        del printer._running
        assert printer.render("briefing.html", {"word": "three"}).startswith(b"%PDF-")
    finally:
        printer.close()


def test_what_never_ends_is_ended_and_the_next_document_is_printed(tmp_path: Path) -> None:
    printer = press(tmp_path, "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", seconds=1)
    try:
        with pytest.raises(PrintFailed, match="the press stopped"):
            printer.render("certificate.html", {})
        printer._seconds = 10
        assert printer.render("briefing.html", {"word": "next"}).startswith(b"%PDF-")
    finally:
        printer.close()


def test_what_wants_all_the_memory_is_refused(tmp_path: Path) -> None:
    printer = press(tmp_path, "{{ 'x' * 9999999999 }}")
    try:
        with pytest.raises(PrintFailed, match="out of memory"):
            printer.render("certificate.html", {})
    finally:
        printer.close()


def test_a_mistake_in_the_facts_is_said_and_the_press_goes_on(tmp_path: Path) -> None:
    printer = press(tmp_path, GOOD)
    try:
        with pytest.raises(PrintFailed, match="'word' is undefined"):
            printer.render("certificate.html", {})
        with pytest.raises(PrintFailed, match="KeyError"):
            printer.render("../mail/letter.html", {})
        first = printer._press
        printer.render("certificate.html", {"word": "x"})
        assert printer._press is first
    finally:
        printer.close()


def test_the_press_is_renewed_after_so_many_documents_and_leaves_no_files(tmp_path: Path) -> None:
    printer = press(tmp_path, GOOD, most=1)
    try:
        printer.warm()
        assert printer._press is not None
        folder = Path(printer._press._folder.name)
        assert folder.is_dir()
        printer.render("certificate.html", {"word": "x"})
        assert printer._press is None
        assert not folder.exists()
    finally:
        printer.close()


def test_many_threads_get_each_their_own_document(tmp_path: Path) -> None:
    shared = press(tmp_path, '<!doctype html><html lang="en"><title>{{ word }}</title><p>{{ word }}</p>')
    got: dict[int, bytes] = {}

    def ask(number: int) -> None:
        got[number] = shared.render("certificate.html", {"word": f"number {number}"})

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        shared.close()
    assert len(set(got.values())) == 6


def test_the_press_knows_nothing_of_our_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ELEARN_SECRET", "do-not-tell")
    printer = press(tmp_path, GOOD)
    try:
        printer.warm()
        assert printer._press is not None
        environment = Path(f"/proc/{printer._press._child.pid}/environ").read_bytes()
        assert b"do-not-tell" not in environment
    finally:
        printer.close()


def test_the_web_process_never_loads_what_prints() -> None:
    code = (
        "import sys, elearn.documents.printer as p, elearn.documents.certificate, elearn.documents.briefing; p.Printer(); "
        "print(sorted({'weasyprint', 'fontTools', 'pydyf', 'elearn.documents.pdf'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == "[]"
