"""How a test answers: rightly, wrongly, and as the form of a page would say it."""
from __future__ import annotations

from random import Random

from elearn.rules.questions.base import Answer, AnyOf, Input, Number, OneOf, Order, Pick, Question, Text
from elearn.rules.quiz import Paper


def right(question: Question) -> Answer:
    """The best answer; for a question that is not marked, some words."""
    return question.kept(_best(question))


def _best(question: Question) -> dict[str, tuple[str, ...]]:
    """What is best in each part, those beside the best way included."""
    best = question.mark({}).answer
    return {each.name: tuple(best.get(each.name) or ("Thank you.",)) for each in question.inputs(Random(0))}


def wrong(question: Question) -> Answer:
    """A whole answer that is not the best one."""
    best = _best(question)
    answer = question.kept({each.name: _other(each, best[each.name]) for each in question.inputs(Random(0))})
    mark = question.mark(answer)
    assert mark.available == 0 or not mark.full, f"{question.id}: no wrong answer found"
    return answer


def _other(each: Input, best: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(each, Number):
        return ("987654321",)
    if isinstance(each, Text):
        return ("I am not sure",)
    ids = tuple(choice.id for choice in each.choices)
    if isinstance(each, Order):
        return best[1:] + best[:1]
    if isinstance(each, OneOf | Pick):
        return tuple(id for id in ids if id not in best)[:1]
    assert isinstance(each, AnyOf)
    return tuple(id for id in ids if id not in best) or ids[:1]


def fields(paper: Paper, question: Question, answer: Answer) -> dict[str, tuple[str, ...]]:
    """The answer as the fields of a form: the tokens this person was given, under the names their page uses."""
    return {f"q-{name}": values for name, values in paper.show(question, answer).items()}
