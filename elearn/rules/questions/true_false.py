"""Say whether a statement is true or false."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, OneOf, Question, Unreadable
from elearn.rules.questions.choices import Option, as_choices, chosen, explain, right_one
from elearn.rules.questions.reading import mapping, note, only, shared


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueFalse(Question):
    """One point; "True" always stands first, so its place says nothing."""

    kind: ClassVar[str] = "true-false"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "true-false",
        "prompt": "You need to be sure before you tell your safeguarding lead.",
        "answer": False,
        "notes": {
            "true": "Many people feel this, but waiting to be sure can leave a child at risk.",
            "false": "Yes. A worry is enough, and finding out is the work of others.",
        },
    }

    options: tuple[Option, Option]

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "answer", "notes", hint="Choose true or false.")
        answer = source.get("answer")
        if not isinstance(answer, bool):
            raise Unreadable("“answer” should be true or false, without quotes.", "answer")
        if "notes" not in source:
            raise Unreadable("“notes” is missing. Add “notes:” with “true:” and “false:” under it.", "notes")
        # YAML reads a bare true or false as a truth value, also where it stands as a key.
        notes = {str(key).lower() if isinstance(key, bool) else key: value for key, value in mapping(source["notes"], "notes").items()}
        only(notes, ("true", "false"), "notes")
        true = Option("true", "True", note(notes, "true", "notes"), right=answer)
        false = Option("false", "False", note(notes, "false", "notes"), right=not answer)
        return cls(id=id, **common, options=(true, false))

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return (OneOf("choice", self.prompt, as_choices(self.options)),)

    def mark(self, answer: Answer) -> Mark:
        picked = chosen(answer, "choice", self.options)
        return Mark(
            earned=int(picked is not None and picked.right),
            available=1,
            notes=explain("choice", self.options, (picked.id,) if picked else ()),
            answer={"choice": (right_one(self.options).id,)},
            given=picked is not None,
        )

    def said(self, answer: Answer) -> str:
        picked = chosen(answer, "choice", self.options)
        return picked.text if picked else ""
