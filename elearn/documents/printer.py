"""Keeps the press (documents/pdf.py) running beside the web server and hands it one document at a time."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from markupsafe import Markup

from elearn.aside import aside

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_TO_START = 60.0
"""Loading takes two seconds on an idle machine; a busy one must not be taken for a broken one."""

NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig><cachedir>{}</cachedir></fontconfig>'


class PrintFailed(Exception):
    """Nothing was printed. The words are for a log, not for a page."""


class DoesNotFit(PrintFailed):
    """The words do not fit on the page, even in the smallest type that people can read."""


class LettersMissing(PrintFailed):
    """No font, ours or the machine's, can draw these letters."""

    def __init__(self, letters: str) -> None:
        super().__init__(f"no font has {letters!r}")
        self.letters = letters


class Printer:
    """One press, started when first needed, started again after a crash, a time-out or `most` documents.

    Safe to share between threads: whoever comes second waits. Costs nothing until the first `render` or `warm`.
    """

    def __init__(
        self, templates: Path = ROOT / "templates" / "documents", static: Path = ROOT / "static", *, seconds: float = 10, most: int = 500
    ) -> None:
        self._places = str(templates), str(static)
        self._seconds = seconds
        self._most = most
        self._turn = threading.Lock()
        self._press: _Press | None = None

    def render(self, template: str, facts: Mapping[str, object], steps: Sequence[int] = (0,)) -> bytes:
        """`template` (a file name in templates/documents) with these facts as a PDF of one page.

        Facts are texts, numbers, booleans, None, and lists or mappings of them; a `Markup` is HTML already made safe. The template is tried with
        each of `steps` in turn (it sets smaller type for a larger number) until everything fits.

        Raises PrintFailed, or more exactly DoesNotFit or LettersMissing.
        """
        request = json.dumps({"template": template, "facts": _sendable(facts), "steps": list(steps)}).encode()
        with aside(), self._turn:
            press = self._running()
            try:
                answer, pdf = press.exchange(request, self._seconds)
            except (OSError, EOFError, ValueError) as gone:
                words = press.last_words()
                self._stop()
                raise PrintFailed(f"the press stopped: {gone} {words}".strip()) from gone
            if press.printed >= self._most:
                self._stop()
        if pdf is not None:
            return pdf
        match answer["error"]:
            case "does-not-fit":
                raise DoesNotFit(answer["words"])
            case "letters":
                raise LettersMissing(answer["words"])
            case _:
                raise PrintFailed(answer["words"])

    def warm(self) -> None:
        """Start the press now, so that the first document need not wait for it. Returns at once."""
        with self._turn:
            self._running()

    def close(self) -> None:
        """End the press, if it runs. The printer can still be used: it would start another."""
        with self._turn:
            self._stop()

    def _running(self) -> _Press:
        if self._press is not None and not self._press.alive():
            self._stop()
        if self._press is None:
            self._press = _Press(*self._places)
        return self._press

    def _stop(self) -> None:
        if self._press is not None:
            self._press.end()
            self._press = None


class _Press:
    """The child process and its private folder."""

    def __init__(self, templates: str, static: str) -> None:
        self.printed = 0
        self._ready = False
        self._folder = tempfile.TemporaryDirectory(prefix="press-")
        fonts = Path(self._folder.name, "fonts.conf")
        fonts.write_text(NO_FONTS.format(self._folder.name))
        self._errors = Path(self._folder.name, "errors").open("w+b")  # noqa: SIM115  # closed in end()
        self._child = subprocess.Popen(
            [sys.executable, "-s", "-m", "elearn.documents.pdf", templates, static],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=ROOT, close_fds=True,
            env={
                "PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
                "HOME": self._folder.name, "TMPDIR": self._folder.name, "FONTCONFIG_FILE": str(fonts),
            },
        )

    def alive(self) -> bool:
        return self._child.poll() is None

    def exchange(self, request: bytes, seconds: float) -> tuple[dict[str, str], bytes | None]:
        """Send one request and read its answer. Raises OSError or EOFError if the child dies or takes longer than `seconds`."""
        to, back = cast(BinaryIO, self._child.stdin), cast(BinaryIO, self._child.stdout)
        if not self._ready:
            with self._deadline(SECONDS_TO_START):
                _frame(back)
            self._ready = True
        with self._deadline(seconds):
            to.write(len(request).to_bytes(4, "big") + request)
            to.flush()
            answer = json.loads(_frame(back))
            self.printed += 1
            return answer, _frame(back) if "ok" in answer else None

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        """Kill the child if this takes longer; whoever reads from it then meets the end of the stream."""
        timer = threading.Timer(seconds, self._child.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def last_words(self) -> str:
        """The end of what the child wrote to its error stream: a traceback's last lines."""
        self._errors.seek(0)
        return self._errors.read()[-500:].decode(errors="replace").strip()

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._errors):
            try:
                cast(BinaryIO, stream).close()
            except BrokenPipeError:
                continue
        self._folder.cleanup()


def _frame(stream: BinaryIO) -> bytes:
    head = stream.read(4)
    body = stream.read(int.from_bytes(head, "big")) if len(head) == 4 else b""
    if len(head) < 4 or len(body) < int.from_bytes(head, "big"):
        raise EOFError("no answer")
    return body


def _sendable(value: object) -> object:
    if isinstance(value, Markup):
        return {"markup": str(value)}
    if isinstance(value, Mapping):
        return {str(key): _sendable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sendable(inner) for inner in value]
    return value
