"""The files of one module as they were written, so that a release can be kept and read again years later."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from elearn.content.problems import Problem, Problems

MOST_BYTES = 1_000_000
"""Largest file of a module; a long e-learning's whole question bank is a tenth of that."""

MOST_FILES = 500
"""Most files in one module."""

_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters and changes of writing direction: a reviewer does not see them, yet they change what is read."""


@dataclass(frozen=True)
class Source:
    """Every file of one module folder: relative path with forward slashes -> bytes, which are always UTF-8."""

    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))

    @cached_property
    def version(self) -> str:
        """The first 16 hexadecimal digits of a SHA-256 over names, lengths and bytes, in the order of the names."""
        digest = hashlib.sha256()
        for path, content in self.files.items():
            digest.update(f"{len(path.encode())}:{path}:{len(content)}:".encode() + content)
        return digest.hexdigest()[:16]

    def text(self, path: str) -> str:
        """One file as text, without byte order mark and with plain line ends. Raises KeyError."""
        return self.files[path].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")

    def under(self, folder: str, suffix: str) -> tuple[str, ...]:
        """The paths directly inside *folder* that end in *suffix*, sorted."""
        return tuple(path for path in self.files if path.rpartition("/")[0] == folder and path.endswith(suffix))

    def to_json(self) -> str:
        """One JSON object of path to text; ``from_json`` gives back the same bytes and so the same version."""
        return json.dumps({path: content.decode("utf-8") for path, content in self.files.items()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Source:
        """Raises ValueError when *text* is not what ``to_json`` wrote."""
        files = json.loads(text)
        if not isinstance(files, dict) or not all(isinstance(content, str) for content in files.values()):
            raise ValueError("a stored module is a JSON object of path to text")
        return cls({path: content.encode("utf-8") for path, content in files.items()})


def read_folder(folder: Path, name: str = "") -> tuple[Source, tuple[Problem, ...]]:
    """The files of *folder*, and what is wrong with them as files; *name* is what problems call the folder.

    Names that begin with a dot belong to editors and version control and are passed over. Links are refused: they
    could lead out of the folder, and a release must not change when something elsewhere does.
    """
    problems = Problems()
    name = name or folder.name
    files: dict[str, bytes] = {}
    for path in _walk(folder, name, problems):
        content = _read(path, f"{name}/{path.relative_to(folder).as_posix()}", problems)
        if content is not None:
            files[path.relative_to(folder).as_posix()] = content
    if len(files) > MOST_FILES:
        problems.error(name, 0, "files", f"the module has {len(files)} files; {MOST_FILES} is the most", "Put several items into one file.")
        files = dict(list(files.items())[:MOST_FILES])
    return Source(files), tuple(problems.found)


def read_file(path: Path, name: str) -> tuple[Source, tuple[Problem, ...]]:
    """A single file outside a module folder, with the same care; the Source holds it under its own name, if readable."""
    problems = Problems()
    content = _read(path, name, problems)
    return Source({} if content is None else {path.name: content}), tuple(problems.found)


def _walk(folder: Path, name: str, problems: Problems) -> list[Path]:
    found: list[Path] = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        here = Path(parent)
        for each in [*folders, *names]:
            if (here / each).is_symlink():
                where = (here / each).relative_to(folder).as_posix()
                problems.error(f"{name}/{where}", 0, "link", "this is a link to another place", "Copy the file itself into the module.")
        folders[:] = sorted(each for each in folders if not each.startswith(".") and not (here / each).is_symlink())
        found.extend(here / each for each in names if not each.startswith(".") and not (here / each).is_symlink())
    return sorted(found)


def _read(path: Path, where: str, problems: Problems) -> bytes | None:
    try:
        # O_NOFOLLOW and one descriptor: what is checked is what is read, even while somebody changes the folder.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                problems.error(where, 0, "file", "this is not an ordinary file", "Remove it.")
                return None
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        problems.error(where, 0, "file", f"the file cannot be read ({error.strerror})", "Check its name and its permissions.")
        return None
    if len(content) > MOST_BYTES:
        problems.error(where, 0, "size", "the file is larger than 1 MB", "Split it, or leave it out: a module is text only.")
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.error(where, line, "utf-8", "the file is not UTF-8 text", "Save it as UTF-8.")
        return None
    if hidden := _HIDDEN.search(text):
        line = text.count("\n", 0, hidden.start()) + 1
        problems.error(where, line, "hidden", f"a character that nobody can see (U+{ord(hidden[0]):04X})", "Delete it.")
        return None
    return content
