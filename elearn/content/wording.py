"""Words and phrases the rules of good writing look for: passive voice, official words, and what must not stand in a question."""

from __future__ import annotations

import re
from collections.abc import Mapping

UNWRITTEN = re.compile(r"\[\s*write[^\]]*\]", re.IGNORECASE)
"""What a new module holds in place of words: ``[write: what neglect is]``. It can never be mistaken for finished text."""

PLAINER: Mapping[str, str] = {
    "adhere to": "follow",
    "ascertain": "find out",
    "cascade": "pass on",
    "commence": "start",
    "disseminate": "share",
    "endeavour": "try",
    "escalation pathway": "who to go to next",
    "facilitate": "help",
    "going forward": "from now on",
    "holistic": "whole",
    "in the event of": "if",
    "in respect of": "about",
    "leverage": "use",
    "liaise": "talk",
    "mandatory": "must be done",
    "multidisciplinary": "of several professions",
    "operationalise": "put to use",
    "pertaining to": "about",
    "presenting concerns": "what worries you",
    "prior to": "before",
    "robust": "strong",
    "service user": "person",
    "signpost": "point",
    "stakeholders": "everyone involved",
    "subsequently": "then",
    "triangulate": "compare",
    "utilise": "use",
    "with regard to": "about",
}
"""Official words and a plain one for each. A word that the module explains in its glossary is left alone."""

JARGON = re.compile(r"\b(" + "|".join(map(re.escape, sorted(PLAINER, key=len, reverse=True))) + r")\b", re.IGNORECASE)

PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|get|gets|got)\s+(?:\w+ly\s+|not\s+)?"
    r"(?:\w{2,}ed|known|shown|given|taken|written|chosen|told|kept|left|made|paid|sent|seen|done|found|held|hurt|heard|put|said)\b",
    re.IGNORECASE,
)
"""A form of “to be” and a participle; adjectives in -ed are caught too, so only a share of a whole module says anything."""

ABSOLUTE = re.compile(r"\b(always|never|all|every|only|none|nobody|everyone|everything|nothing|must)\b", re.IGNORECASE)

JOKE = re.compile(r"\b(lol|ha ?ha(?: ?ha)*|just kidding|trick question|yawn)\b|!!|[\U0001F600-\U0001F64F]", re.IGNORECASE)

REAL_CASE = re.compile(
    r"\b(Baby P|Victoria Climbi[eé]|Peter Connelly|Daniel Pelka|Star Hobson|Arthur Labinjo|Sara Sharif|Khyra Ishaq|Finley Boden)\b"
)
"""Children whose reviews were published under their names. They are not teaching material: invent a scene."""

STEREOTYPE = re.compile(
    r"\b(broken homes?|normal famil(?:y|ies)|proper famil(?:y|ies)|real (?:mum|mother|dad|father|parents)|boys will be boys|"
    r"gyps(?:y|ies)|illegal immigrants?|half[- ]caste|coloured (?:people|child|children|famil(?:y|ies))|the disabled|"
    r"wheelchair[- ]bound|those people|(?:women|girls|men|boys) (?:are|tend to be) (?:all|naturally|just|too|more|less)|"
    r"(?:black|asian|white|muslim|jewish|christian|polish|roma) (?:families|parents|men|women|boys|girls) (?:are|do|have|always|often|tend))\b",
    re.IGNORECASE,
)

AGAINST_THE_SPINE = re.compile(
    r"\b(promise(?:s|d)? (?:not to tell|to keep|it will stay|to say nothing)|keep (?:it|this|that|her|his|their) (?:a )?secret|"
    r"wait (?:until you are (?:sure|certain)|for proof|for more signs|and see)|get proof|find proof|investigate|"
    r"confront|interview the child|take (?:a )?(?:photo|picture)s?|record (?:the|a) child|search (?:the|their|her|his)|"
    r"say nothing|do nothing|tell no one|delete)\b",
    re.IGNORECASE,
)
"""Advice against what everyone is taught to do: notice, listen, tell, record, share, and never promise secrecy or investigate."""

NEGATED = re.compile(r"\b(not|never|no|nobody|without|instead of|rather than|n[’']t|avoid)\b[^.;]{0,40}$|n[’']t [^.;]{0,40}$", re.IGNORECASE)
"""Ends with words that turn what follows round: “You do not ” before “investigate”."""

COMMON = frozenset({
    "about", "after", "again", "before", "being", "child", "children", "could", "does", "every", "family", "first", "from", "have", "home",
    "know", "lead", "more", "much", "needs", "next", "other", "parent", "parents", "people", "person", "really", "safe", "said", "same", "says",
    "school", "should", "some", "someone", "still", "take", "tell", "than", "that", "their", "them", "then", "there", "these", "they", "thing",
    "things", "think", "this", "today", "told", "want", "week", "well", "were", "what", "when", "where", "which", "while", "will", "with",
    "work", "worker", "would", "year", "years", "your",
})
"""Words that come back by themselves in any question on this subject."""
