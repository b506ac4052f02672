"""Puts a bank of questions into the folder of a module, all of it or nothing, and takes the questions of a module out again."""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from elearn.content import reader, yaml_lines
from elearn.content.exchange import gift, moodle_xml
from elearn.content.exchange.bank import MOST_BYTES, Bank, Fault, Source, Unusable, Written, slug
from elearn.content.markdown import PLAIN, SLUG
from elearn.content.problems import Problems
from elearn.content.reader import Draft
from elearn.content.source import MOST_BYTES as MOST_FILE
from elearn.content.source import read_folder
from elearn.rules.questions.base import Question

READ: Mapping[str, Callable[[bytes], Bank]] = {"gift": gift.read, "moodle-xml": moodle_xml.read}
WRITE: Mapping[str, Callable[[tuple[Question, ...]], Written]] = {"gift": gift.write, "moodle-xml": moodle_xml.write}
"""Each format by its name on the command line."""

_KINDS = ("safer7", "elearning")
"""The folders whose modules have a quiz."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was put where. ``renamed`` is the id in the file to the new one, where the module had it already."""

    file: Path
    count: int
    renamed: Mapping[str, str]


def format_of(file: Path) -> str:
    """The format that the name of a file suggests."""
    return "moodle-xml" if file.suffix.lower() == ".xml" else "gift"


def read_bank(file: Path, form: str) -> Bank:
    """The bank in *file*, of which no more is read than may be. Raises Unusable, and OSError when it cannot be opened."""
    with file.open("rb") as opened:
        return READ[form](opened.read(MOST_BYTES + 1))


def questions(root: Path, name: str) -> tuple[Question, ...]:
    """The quiz questions of the module, in their order. Raises Unusable when it cannot be read."""
    return tuple(item.question for item in _draft(*_module(root, name)).items)


def write_bank(root: Path, name: str, form: str) -> Written:
    return WRITE[form](questions(root, name))


def take(root: Path, name: str, bank: Bank, source: str, trial: bool = False) -> Taken:
    """Put *bank* into a new file under ``items/`` of the module; *source* is what the file is called after.

    The file appears whole or not at all, and no file that is there is ever changed. With *trial* nothing is written.
    """
    kind, folder = _module(root, name)
    draft = _draft(kind, folder)
    known = {item.id for item in (*draft.items, *draft.checks)}
    items, renamed = _renamed(bank.items, known)
    text = f"# From {' '.join(source.split())[:80]}. Notes and outcomes may still be missing: bin/elearn content check names each.\n{_yaml(items)}"
    target = folder / "items" / f"{slug(Path(source).stem) or 'imported'}.yaml"
    if target.parent.is_symlink() or target.exists() or target.is_symlink():
        raise Unusable(Fault(0, f"{target} is there already. Nothing was changed: rename it, or the file you import."))
    if len(text.encode()) > MOST_FILE:
        raise Unusable(Fault(0, "The questions would make a file larger than 1 MB. Split the bank."))
    if not trial:
        _put(target, text)
    return Taken(target, len(items), renamed)


def _module(root: Path, name: str) -> tuple[str, Path]:
    """The kind and folder of a module with a quiz."""
    for kind in _KINDS:
        folder = root / kind / name
        if SLUG.fullmatch(name) and folder.is_dir() and not folder.is_symlink():
            return kind, folder
    raise Unusable(Fault(0, f"There is no module “{name[:60]}” with a quiz in {root}. Use the name of its folder under {' or '.join(_KINDS)}."))


def _draft(kind: str, folder: Path) -> Draft:
    problems = Problems()
    source, found = read_folder(folder, f"{kind}/{folder.name}")
    draft = reader.drafter(kind)(source, folder.name, problems, PLAIN)
    if not isinstance(draft, Draft) or any(problem.severity == "error" for problem in found):
        raise Unusable(Fault(0, f"The module “{folder.name}” cannot be read. Run bin/elearn content check, and mend it first."))
    return draft


def _renamed(items: Mapping[str, Source], known: set[str]) -> tuple[dict[str, Source], dict[str, str]]:
    """The items under ids that the module does not have."""
    found: dict[str, Source] = {}
    renamed: dict[str, str] = {}
    for id, source in items.items():
        fresh, n = id, 2
        while fresh in known or fresh in found or (fresh != id and fresh in items):
            fresh, n = f"{id}-{n}", n + 1
        found[fresh] = source
        if fresh != id:
            renamed[id] = fresh
    return found, renamed


class _Dumper(yaml.SafeDumper):
    """Writes plain data, with numbers as our reader knows them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(float, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{Decimal(repr(value)):f}"))


def _yaml(items: Mapping[str, Source]) -> str:
    """The items as the text of a file, read back to make sure that it says the same."""
    plain = {"items": {id: dict(source) for id, source in items.items()}}
    text = yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=140)
    problems = Problems()
    document = yaml_lines.read(text, "items", problems)
    if problems.found or document is None or document.data != plain:
        raise Unusable(Fault(0, "A text in the file cannot be written as YAML. Look for signs that nobody can see."))
    return text


def _put(target: Path, text: str) -> None:
    """Write the file beside its place under a name that is passed over, and then give it its name, which fails if someone was quicker."""
    made = not target.parent.exists()
    target.parent.mkdir(exist_ok=True)
    if made:
        target.parent.chmod(0o755)  # as the file below: whoever serves the site has to read it
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o644)
        os.link(draft, target)
    except FileExistsError:
        raise Unusable(Fault(0, f"{target} is there already. Nothing was changed.")) from None
    finally:
        draft.unlink(missing_ok=True)
        if made and not any(target.parent.iterdir()):
            target.parent.rmdir()
