"""From a form to an answer and back: the few input shapes, drawn and read."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from elearn.rules.questions.base import Answer, AnyOf, Input, Number, OneOf, Order, Pick, Question, Text
from elearn.rules.quiz import Paper

PREFIX = "q-"

_ASK = {
    OneOf: "Choose one answer",
    AnyOf: "Choose at least one answer",
    Pick: "Choose an answer for",
    Order: "Put the steps in order",
    Number: "Type a number",
    Text: "Type your answer",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One input as a page draws it, with what was given before and what is wrong."""

    input: Input
    shape: str
    name: str
    id: str
    values: tuple[str, ...]
    error: str = ""


def read(paper: Paper, question: Question, form: MultiDict[str, str]) -> Answer:
    """The answer a form holds. Raises Foreign for anything that is not of this paper (quiz.Paper.read)."""
    given = {name.removeprefix(PREFIX): form.getlist(name) for name in form if name.startswith(PREFIX)}
    return paper.read(question, given)


def fields(paper: Paper, question: Question, answer: Answer, errors: Mapping[str, str] | None = None) -> tuple[Field, ...]:
    """The inputs to draw: for a question shown in stages only the next or, when it has been told to its end, all that the answer came to."""
    inputs = paper.inputs(question)
    shown = paper.show(question, answer)
    stages = question.stages(answer)
    if stages:
        drawn = {stage.input for stage in (stages if question.complete(answer) else stages[-1:])}
        inputs = tuple(input for input in inputs if input.name in drawn)
    return tuple(_field(input, shown.get(input.name, ()), (errors or {}).get(input.name, "")) for input in inputs)


def _field(input: Input, values: tuple[str, ...], error: str) -> Field:
    if isinstance(input, Order):
        values = values if len(values) == len(input.choices) else tuple(choice.id for choice in input.choices)
    return Field(input, type(input).__name__.lower(), PREFIX + input.name, f"a-{input.name}", values, error)


def problems(question: Question, answer: Answer, inputs: Sequence[Input]) -> dict[str, str]:
    """Input name to what to do about it, for those of *inputs* that have no answer."""
    if question.complete(answer):
        return {}
    found = {}
    for input in inputs:
        if not answer.get(input.name):
            words = _ASK[type(input)]
            found[input.name] = f"{words} “{input.legend}”" if isinstance(input, Pick) else words
    return found


def moved(form: MultiDict[str, str]) -> MultiDict[str, str] | None:
    """The form with one step of an order moved up or down, when that is the button that was pressed; else None."""
    token, _, way = form.get("move", "").partition(":")
    if way not in {"up", "down"}:
        return None
    changed = form.copy()
    for name in form:
        order = form.getlist(name)
        if name.startswith(PREFIX) and token in order:
            here = order.index(token)
            there = max(0, min(len(order) - 1, here + (1 if way == "down" else -1)))
            order[here], order[there] = order[there], order[here]
            changed.setlist(name, order)
    return changed
