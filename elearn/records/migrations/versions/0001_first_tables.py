"""The first tables."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.records.base import only_grows_sql

revision = "0001"
down_revision = None

ONLY_GROW = ("certificate", "print", "withdrawal", "fact", "gate_log", "audit", "release")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agency"),
        sa.UniqueConstraint("name", name="uq_agency_name"),
    )

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("unique_key", sa.String()),
        sa.Column("due", Time, nullable=False),
        sa.Column("leased_until", Time),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done", Time),
        sa.Column("given_up", Time),
        sa.Column("error", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("unique_key", name="uq_job_unique_key"),
    )
    op.create_index("ix_job_due", "job", ["due"])

    op.create_table(
        "partnership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("site_name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("neutral_site", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("signer_role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partnership"),
    )

    op.create_table(
        "release",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("first_live", Time, nullable=False),
        sa.PrimaryKeyConstraint("slug", "version", name="pk_release"),
    )

    op.create_table(
        "tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends", Time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally"),
        sa.UniqueConstraint("key", "window", name="uq_tally_key_window"),
    )
    op.create_index("ix_tally_ends", "tally", ["ends"])

    op.create_table(
        "visitor_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visitor_step"),
        sa.UniqueConstraint("device", "course", "step", name="uq_visitor_step_device_course_step"),
    )

    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_team_agency_id_agency"),
        sa.PrimaryKeyConstraint("id", name="pk_team"),
        sa.UniqueConstraint("agency_id", "name", name="uq_team_agency_id_name"),
        sa.UniqueConstraint("code", name="uq_team_code"),
    )
    op.create_index("ix_team_agency_id", "team", ["agency_id"])

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("joined", sa.Date(), nullable=False),
        sa.Column("left", sa.Date()),
        sa.Column("trainer", sa.Boolean(), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("password", sa.String()),
        sa.Column("suspended", Time),
        sa.Column("created", Time, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_person_team_id_team"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email", name="uq_person_email"),
    )
    op.create_index("ix_person_team_name", "person", ["team_id", "name"])

    op.create_table(
        "ask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("asked", Time, nullable=False),
        sa.Column("decided", Time),
        sa.Column("decided_by", sa.Integer()),
        sa.Column("agreed", sa.Boolean()),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_ask_decided_by_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ask_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_ask"),
    )
    op.create_index(
        "uq_ask_open", "ask", ["person_id", "kind", "item"], unique=True,
        sqlite_where=sa.text("decided IS NULL"), postgresql_where=sa.text("decided IS NULL"),
    )

    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("started", Time, nullable=False),
        sa.Column("finished", Time),
        sa.Column("passed", sa.Boolean()),
        sa.Column("right", sa.Integer()),
        sa.Column("total", sa.Integer()),
        sa.Column("percent", sa.Integer()),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_attempt_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("person_id", "course", "number", name="uq_attempt_person_id_course_number"),
    )
    op.create_index(
        "uq_attempt_open", "attempt", ["person_id", "course"], unique=True,
        sqlite_where=sa.text("finished IS NULL"), postgresql_where=sa.text("finished IS NULL"),
    )

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name="fk_audit_actor_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Integer()),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.Integer()),
        sa.Column("made", Time, nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_contact_agency_id_agency"),
        sa.ForeignKeyConstraint(["checked_by"], ["person.id"], name="fk_contact_checked_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
    )

    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("last", Time, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_device_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("secret", "person_id", name="uq_device_secret_person_id"),
    )
    op.create_index("ix_device_person_id", "device", ["person_id"])

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("made", Time, nullable=False),
        sa.Column("used", Time),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_draft_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
    )
    op.create_index("ix_draft_person_id", "draft", ["person_id"])

    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("recorded", Time, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name="fk_fact_actor_id_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_fact_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_fact"),
    )
    op.create_index("ix_fact_item", "fact", ["item"])
    op.create_index("ix_fact_person_item", "fact", ["person_id", "item"])

    op.create_table(
        "gate_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_gate_log_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_gate_log"),
    )
    op.create_index("ix_gate_log_person_id", "gate_log", ["person_id"])

    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made", Time, nullable=False),
        sa.Column("expires", Time, nullable=False),
        sa.Column("used", Time),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_link_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        sa.UniqueConstraint("secret", name="uq_link_secret"),
    )
    op.create_index("ix_link_person_id", "link", ["person_id"])

    op.create_table(
        "live_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=False),
        sa.Column("made", Time, nullable=False),
        sa.ForeignKeyConstraint(["trainer_id"], ["person.id"], name="fk_live_session_trainer_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_live_session"),
    )
    op.create_index("ix_live_session_trainer_id", "live_session", ["trainer_id"])

    op.create_table(
        "reflection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_reflection_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_reflection"),
        sa.UniqueConstraint("person_id", "course", name="uq_reflection_person_id_course"),
    )

    op.create_table(
        "requirement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("validity", sa.JSON(), nullable=False),
        sa.Column("due_days", sa.Integer()),
        sa.Column("soon_days", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date()),
        sa.Column("agency_id", sa.Integer()),
        sa.Column("team_id", sa.Integer()),
        sa.Column("role", sa.String()),
        sa.Column("made", Time, nullable=False),
        sa.Column("made_by", sa.Integer()),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_requirement_agency_id_agency"),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name="fk_requirement_made_by_person"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_requirement_team_id_team"),
        sa.PrimaryKeyConstraint("id", name="pk_requirement"),
    )

    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("started", Time, nullable=False),
        sa.Column("seen", Time, nullable=False),
        sa.Column("ends", Time, nullable=False),
        sa.Column("idle_minutes", sa.Integer(), nullable=False),
        sa.Column("ended", Time),
        sa.Column("fresh", Time, nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_session_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("secret", name="uq_session_secret"),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"])

    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("answer", sa.JSON()),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_step_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
        sa.UniqueConstraint("person_id", "course", "step", name="uq_step_person_id_course_step"),
    )

    op.create_table(
        "team_manager",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", Time, nullable=False),
        sa.Column("until", Time),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_team_manager_person_id_person"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_team_manager_team_id_team"),
        sa.PrimaryKeyConstraint("id", name="pk_team_manager"),
    )
    op.create_index("ix_team_manager_person_id", "team_manager", ["person_id"])
    op.create_index("ix_team_manager_team_id", "team_manager", ["team_id"])

    op.create_table(
        "tool_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("licence_held", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name="fk_tool_address_set_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_tool_address"),
    )

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_answer_attempt_id_attempt"),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
        sa.UniqueConstraint("attempt_id", "key", name="uq_answer_attempt_id_key"),
        sa.UniqueConstraint("attempt_id", "question", "revision", name="uq_answer_attempt_id_question_revision"),
    )

    op.create_table(
        "certificate",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("issued", Time, nullable=False),
        sa.Column("supersedes", sa.String()),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name="fk_certificate_fact_id_fact"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_certificate_person_id_person"),
        sa.ForeignKeyConstraint(["supersedes"], ["certificate.code"], name="fk_certificate_supersedes_certificate"),
        sa.PrimaryKeyConstraint("code", name="pk_certificate"),
    )
    op.create_index("ix_certificate_fact_id", "certificate", ["fact_id"])
    op.create_index("ix_certificate_person_id", "certificate", ["person_id"])

    op.create_table(
        "print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("plain", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("made", Time, nullable=False),
        sa.ForeignKeyConstraint(["code"], ["certificate.code"], name="fk_print_code_certificate"),
        sa.PrimaryKeyConstraint("id", name="pk_print"),
        sa.UniqueConstraint("code", "plain", name="uq_print_code_plain"),
    )

    op.create_table(
        "withdrawal",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("by", sa.Integer()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name="fk_withdrawal_by_person"),
        sa.ForeignKeyConstraint(["code"], ["certificate.code"], name="fk_withdrawal_code_certificate"),
        sa.PrimaryKeyConstraint("code", name="pk_withdrawal"),
    )
    # ### end Alembic commands ###

    for table in ONLY_GROW:
        for statement in only_grows_sql(table, op.get_bind().dialect.name):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    raise RuntimeError("the evidence only grows: go back by restoring a backup")
