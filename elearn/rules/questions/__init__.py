"""Every kind of question. To add one: write its file, then name it here."""
from __future__ import annotations

from elearn.rules.questions.base import Question
from elearn.rules.questions.gap_fill import GapFill
from elearn.rules.questions.matching import Matching
from elearn.rules.questions.multiple_choice import MultipleChoice
from elearn.rules.questions.numeric import Numeric
from elearn.rules.questions.ordering import Ordering
from elearn.rules.questions.reflection import Reflection
from elearn.rules.questions.scenario import Scenario
from elearn.rules.questions.short_text import ShortText
from elearn.rules.questions.single_choice import SingleChoice
from elearn.rules.questions.true_false import TrueFalse

KINDS: dict[str, type[Question]] = {
    "single-choice": SingleChoice,
    "multiple-choice": MultipleChoice,
    "true-false": TrueFalse,
    "matching": Matching,
    "ordering": Ordering,
    "gap-fill": GapFill,
    "numeric": Numeric,
    "short-text": ShortText,
    "scenario": Scenario,
    "reflection": Reflection,
}
"""What an author writes after ``kind:`` to the class that reads it."""
