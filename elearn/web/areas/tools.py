"""/tools : tools that only trained people may open."""
from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from flask import Blueprint, url_for

from elearn import clock
from elearn.actions import gate
from elearn.actions.overview import Record
from elearn.records import certificates, people
from elearn.records.db import db, writing
from elearn.rules.access import Permission
from elearn.rules.courses import Tool
from elearn.rules.gates import Decision
from elearn.web import away
from elearn.web.catalogue import catalogue, tool_or_404
from elearn.web.guard import needs, person
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("tools", __name__, url_prefix="/tools")


def decision(tool: Tool, me: Record, now: datetime, zone: tzinfo) -> Decision:
    """What the gate would say, for pages that only show it."""
    return gate.weigh(db.session(), tool, me.profile, me.evidence, catalogue().courses, now, zone)


@bp.get("/<slug>")
@needs(Permission.OPEN_TOOL)
def show(slug: str) -> Any:
    """What stands between the person and the tool, or the way in. Every look at the door is written down, as access must be."""
    tool = tool_or_404(slug)
    found = _decide(tool)
    return _page(tool, found)


def _decide(tool: Tool) -> Decision:
    """Decide on the facts of this moment, and write the decision down."""
    found = gate.decide(db.session(), tool, person().id, catalogue().courses, clock.now(), tenant().zone)
    with writing(db.session()) as session:
        gate.note(session, tool, person().id, found, clock.now())
    return found


def _page(tool: Tool, found: Decision) -> tuple[str, int]:
    managers = people.managers_of(db.session(), person().team_id, clock.now())
    codes = certificates.of_facts(db.session(), {fact for step in found.steps for fact in step.evidence})
    proof = {fact: url_for("certificates.show", code=code) for fact, code in codes.items()}
    return render(
        "tools/open.html" if found.open else "tools/shut.html", tool=tool, decision=found, managers=managers, proof=proof,
        courses=catalogue().courses, address=tenant().tools.get(tool.slug),
    ), 200 if found.open else 503 if found.fault else 403


@bp.post("/<slug>/open")
@needs(Permission.OPEN_TOOL)
def open_tool(slug: str) -> Any:
    """Decide again, and only then let the person through."""
    tool = tool_or_404(slug)
    found, address = _decide(tool), tenant().tools.get(slug)
    if not found.open or not address:
        return _page(tool, found)
    return away.page(address, tool.title, f"Go to {tool.title}")
