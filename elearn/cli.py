"""The command line, bin/elearn: everything that is done to an installation from outside the site."""
from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import Refused, checking, importing
from elearn.actions.effect import effect
from elearn.actions.publishing import Catalogue, Decision
from elearn.content import library, problems, starters
from elearn.content import report as content_report
from elearn.content.exchange import folder
from elearn.content.exchange.bank import Unusable
from elearn.content.markdown import Outside
from elearn.records import backup, people, releases, schema, tenancy
from elearn.records.db import Busy, UnsafeDatabase, engine_options, prepare, writing
from elearn.rules.changes import compare
from elearn.settings import ROOT, BadSettings, Settings, make_data

if TYPE_CHECKING:
    from elearn.content.library import Library

FOUND, CANNOT = 1, 3
"""Exit codes: something was found wrong; the command could not be done. (2 is a command that was typed wrongly.)"""


class Trouble(Exception):
    """The command cannot be done; the text says why and what to do."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do one command; returns its exit code. Trouble that was to be expected is said in words, never as a traceback."""
    args = _parser().parse_args(argv)
    os.umask(0o077)
    try:
        done: int | None = args.do(args)
        return done or 0
    except (Trouble, BadSettings, UnsafeDatabase, Refused, backup.NotDone, importing.Unusable) as trouble:
        return _say(str(trouble))
    except Busy:
        return _say("Someone else is writing to the database and did not finish in 5 seconds. Nothing was changed. Try again.")
    except (DatabaseError, sqlite3.Error) as error:
        if isinstance(error, IntegrityError | ProgrammingError):
            raise  # not the database's fault but ours
        return _say(f"The database cannot be used: {str(getattr(error, 'orig', error)).strip()}. Nothing was changed.")
    except OSError as error:
        return _say(f"{error.filename or 'A file'}: {error.strerror}.")
    except KeyboardInterrupt:
        return _say("Stopped.")


def _say(words: str) -> int:
    print(words, file=sys.stderr)
    return CANNOT


# ---- What the commands work with ---------------------------------------------------------------------------------------

def data_folder() -> Path:
    """Where everything is kept, made or not."""
    return Path(os.environ.get("ELEARN_DATA") or ROOT / "data").resolve()


def engine_of(settings: Settings) -> Engine:
    """An engine on the database of these settings, opened as the site opens it."""
    engine = create_engine(settings.database, **engine_options(settings.database))
    prepare(engine)
    return engine


@contextmanager
def _records(settings: Settings) -> Iterator[Session]:
    """A session on a database that is there and up to date."""
    engine = engine_of(settings)
    try:
        if schema.current(engine) != schema.newest():
            raise Trouble("The database is not up to date. Run bin/elearn init first.")
        with Session(engine, expire_on_commit=False) as session:
            yield session
    finally:
        engine.dispose()


def _outside(modules: Path) -> Outside:
    from elearn.web.outside import outside  # noqa: PLC0415  (draws much; few commands need it)

    return outside(modules)


def _library(settings: Settings) -> tuple[Library, tuple[problems.Problem, ...]]:
    return library.load(settings.modules, today=clock.now().date(), outside=_outside(settings.modules))


def prepare_data() -> Settings:
    """Make what is missing: the data folder, its secrets, the database. An older database is saved before it is changed."""
    make_data(data_folder())
    settings = Settings.from_environment()
    engine = engine_of(settings)
    try:
        stands_at = schema.current(engine)
        if stands_at not in {None, schema.newest()} and engine.dialect.name == "sqlite":
            kept = settings.data / "backups" / f"before-{schema.newest()}.zip"
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            backup.save(settings, kept, clock.now(), replace=True)
            print(f"The database will be brought up to date. It was saved first, in {kept}")
        schema.upgrade(engine)
    finally:
        engine.dispose()
    return settings


# ---- Commands ----------------------------------------------------------------------------------------------------------

def _init(_: argparse.Namespace) -> None:
    settings = prepare_data()
    print(f"Ready. Everything is kept in {settings.data}")


def _run(args: argparse.Namespace) -> int:
    from elearn import server  # noqa: PLC0415  (loads the whole site)

    if args.demo:
        _fill_demo()
    settings = prepare_data() if args.prepare else Settings.from_environment()
    return server.serve(settings)


def _demo(_: argparse.Namespace) -> None:
    from elearn import demo  # noqa: PLC0415  (few commands need it)

    if not _fill_demo():
        print("The demo is here already.\n")
    print(demo.sign_ins())


def _fill_demo() -> bool:
    """Fill the data folder with the demo, unless it holds the demo already; whether it was filled."""
    from elearn import demo  # noqa: PLC0415  (few commands need it)

    if (data_folder() / demo.MARK).exists():
        return False
    settings = prepare_data()
    found, _ = _library(settings)
    if not found.courses:
        raise Trouble(f"There is no sound module in {settings.modules}, so there is nothing to show. Run bin/elearn content check.")
    print("Making the demo partnership: 400 people and two years of learning. This takes some seconds.", flush=True)
    with _records(settings) as session, writing(session):
        try:
            demo.fill(session, found, clock.now(), _outside(settings.modules))
        except demo.NotEmpty as trouble:
            raise Trouble(str(trouble)) from None
        demo.mark(settings.data)
    return True


def _modules() -> Path:
    """The folder of the modules, which must be there."""
    root = Path(os.environ.get("ELEARN_MODULES") or ROOT / "modules").resolve()
    if not root.is_dir():
        raise Trouble(f"There is no folder {root}.")
    return root


def _content_check(args: argparse.Namespace) -> int:
    root = _modules()
    found, wrong = library.load(root, today=clock.now().date(), outside=_outside(root))
    if args.format == "json":
        print(problems.as_json(wrong))
    else:
        if wrong:
            print(problems.report(wrong))
        errors = sum(problem.severity == "error" for problem in wrong)
        print(f"{_many(len(found.sources), 'module')} read, {_many(errors, 'error')}, "
              f"{_many(len(wrong) - errors, 'warning')}.")
    return FOUND if any(problem.severity == "error" for problem in wrong) else 0


def _content_new(args: argparse.Namespace) -> None:
    try:
        made = starters.begin(_modules(), args.kind, args.slug, clock.now().date())
    except starters.CannotStart as trouble:
        raise Trouble(str(trouble)) from None
    for path in made:
        print(path)
    print("Write what stands in brackets. bin/elearn content check says what is still missing; the guide is docs/authoring.md.")


def _content_report(_: argparse.Namespace) -> None:
    print(content_report.write(_modules()), end="")


def _content_import(args: argparse.Namespace) -> int:
    root = _modules()
    try:
        bank = folder.read_bank(args.file, args.format or folder.format_of(args.file))
        taken = folder.take(root, args.module, bank, args.file.name, trial=args.dry_run)
    except Unusable as refused:
        for fault in refused.faults:
            print(fault)
        print("Nothing was imported.")
        return FOUND
    for loss in bank.losses:
        print(loss)
    for old, new in taken.renamed.items():
        print(f"{old}: the module has a question of that name, so this one is called {new}")
    said = f"{_many(taken.count, 'question')}, {_many(len(bank.losses), 'thing')} that could not be kept"
    if args.dry_run:
        print(f"{said}. Nothing was written: this was a trial.")
        return 0
    print(f"{said}. Written: {taken.file}\nNow run bin/elearn content check. It names the notes and outcomes that you still have to write; "
          "until they are there, what was live stays live.")
    return 0


def _content_export(args: argparse.Namespace) -> None:
    try:
        written = folder.write_bank(_modules(), args.module, args.format)
    except Unusable as refused:
        raise Trouble(str(refused)) from None
    for loss in written.losses:
        print(loss, file=sys.stderr)
    if args.output:
        with args.output.open("x", encoding="utf-8") as file:
            file.write(written.text)
    else:
        print(written.text, end="")
    print(f"{_many(written.count, 'question')} written, {_many(len(written.losses), 'thing')} that could not be kept.", file=sys.stderr)


def _catalogue(settings: Settings) -> Catalogue:
    return Catalogue(settings.modules, clock.now().date(), _outside(settings.modules))


def _content_effect(args: argparse.Namespace) -> int:
    """Says what the files would mean for people, and writes nothing."""
    settings = Settings.from_environment()
    with _records(settings) as session:
        found = [one for one in _catalogue(settings).changed(session) if args.module in (None, one.new.slug)]
        zone = ZoneInfo(tenancy.partnership(session).zone)
        for one in found:
            print(f"{one.new.kind}/{one.new.slug}, edition {one.new.edition}: {_becomes(one)}")
            if one.was is None:
                continue
            for part in compare(one.was, one.new):
                print(f"  {part.reason} (at least {part.least.words})")
            means = effect(session, one.new, clock.now(), zone)
            print(f"  {_many(means.held, 'person holds', 'people hold')} it today; {means.reading} reading it; {means.sitting} in the quiz")
            for agency, count in means.holders.items():
                print(f"    {agency}: {count}")
    if not found:
        print("What is in the files is what is live.")
    return FOUND if any(one.verdict and one.verdict.refused for one in found) else 0


def _becomes(one: Decision) -> str:
    if one.verdict is None:
        return "new; it goes live by itself"
    if one.verdict.refused:
        return f"held back: {one.verdict.refused}"
    if one.verdict.waits:
        return f"{one.verdict.size.words}; it waits for bin/elearn content publish {one.new.slug}"
    return f"{one.verdict.size.words}; it goes live by itself"


def _content_publish(args: argparse.Namespace) -> None:
    settings = Settings.from_environment()
    with _records(settings) as session:
        live = _catalogue(settings)
        with writing(session):
            live.go_live(session, clock.now())
            one = live.publish(session, args.module, None, clock.now())
    print(f"Edition {one.new.edition} of {one.new.slug} is live. A server that is running serves it within seconds.")


def _content_rollback(args: argparse.Namespace) -> None:
    settings = Settings.from_environment()
    with _records(settings) as session:
        live = _catalogue(settings)
        with writing(session):
            version = live.put_back(session, args.module, args.to, None, clock.now())
    print(f"Version {version} of {args.module} is live again. It stays so until the files change once more; whoever is in the middle of a quiz "
          "finishes on the version they began.")


def _content_history(args: argparse.Namespace) -> None:
    with _records(Settings.from_environment()) as session:
        found = [turn for turn in releases.turns(session) if turn.slug == args.module]
    if not found:
        raise Trouble(f"No version of {args.module} was ever live here.")
    for turn in found:
        what = "put back" if turn.back else turn.size.words if turn.size else "new"
        print(f"{turn.at:%Y-%m-%d %H:%M} UTC  {turn.version}  {what}{'  (live)' if turn is found[-1] else ''}{f'  {turn.text}' if turn.text else ''}")


def _check(_: argparse.Namespace) -> int:
    settings = Settings.from_environment()
    with _records(settings) as session:
        report = checking.check(session, clock.now(), checking.reader(session, _outside(settings.modules)))
    for breach in report.breaches:
        print(breach)
    print(f"{_many(report.checked, 'rule')} checked, {_many(len(report.breaches), 'breach', 'breaches')}.")
    return FOUND if report.breaches else 0


def _add_administrator(args: argparse.Namespace) -> None:
    settings = Settings.from_environment()
    with _records(settings) as session, writing(session):
        secret = importing.add_administrator(session, args.name, args.email, clock.now())
    print(f"Open this link within one hour to sign in and choose a password. It works once:\n\n  {settings.url}/account/link/{secret}\n")
    if not args.quiet:
        print("The site has to be running: bin/run")


def _people_import(args: argparse.Namespace) -> int:
    settings = Settings.from_environment()
    rows = importing.read(args.file)
    with _records(settings) as session:
        plan = importing.plan(session, rows, clock.now())
        if plan.wrong:
            for words in plan.wrong:
                print(words)
            print(f"Nothing was imported: {_many(len(plan.wrong), 'row')} must be mended first.")
            return FOUND
        said = f"{_many(len(plan.new), 'person', 'people')} to add, {len(plan.known)} known already, {_many(len(plan.teams), 'new team')}"
        if args.dry_run:
            print(f"{said}. Nothing was changed: this was a trial.")
            return 0
        with writing(session):
            # Planned again inside the turn to write: someone may have joined since.
            made = importing.carry_out(session, importing.plan(session, rows, clock.now()), clock.now())
    print(f"{_many(made, 'person', 'people')} added, {len(plan.known)} known already, {_many(len(plan.teams), 'new team')}.")
    return 0


def _people_list(_: argparse.Namespace) -> None:
    with _records(Settings.from_environment()) as session:
        teams = people.teams(session)
        for one in people.profiles_in(session, [team.id for team in teams], left=True):
            marks = [word for word in ("administrator", "trainer", "left", "suspended") if getattr(one, word)]
            print("\t".join([str(one.id), one.name, one.email, one.agency, one.team, one.role, ", ".join(marks)]))


def _jobs_run(_: argparse.Namespace) -> None:
    from elearn import server  # noqa: PLC0415  (few commands need it)

    settings = Settings.from_environment()
    with _records(settings) as session:
        done, stuck = server.run_jobs(settings, session)
    print(f"{_many(done, 'job')} done." + (f" {_many(stuck, 'job')} given up: the mail page says why." if stuck else ""))


def _routes(args: argparse.Namespace) -> None:
    from elearn.app import create_app  # noqa: PLC0415  (loads the whole site)
    from elearn.web.guard import guard_of  # noqa: PLC0415  (see above)

    app = create_app(Settings.from_environment())
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        guard = guard_of(app, rule.endpoint)
        assert guard is not None
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        permission = guard.permission.name if guard.permission else None
        found.append({
            "endpoint": rule.endpoint, "rule": rule.rule, "methods": methods, "permission": permission, "public": guard.reason or None,
        })
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for route in found:
        print(f"{','.join(route['methods']):<9} {route['rule']:<60} {route['permission'] or 'public: ' + str(route['public'])}")


def _backup(args: argparse.Namespace) -> None:
    settings = Settings.from_environment()
    made = backup.save(settings, args.file, clock.now(), with_keys=args.with_keys)
    print(f"Saved: {args.file} ({made.bytes / 1_000_000:.1f} MB, database version {made.migration}).")
    print("It holds the keys as well: keep it where nobody else can read it." if args.with_keys else
          f"The keys in {settings.data / 'keys'} are not in it. Keep a copy of them in another safe place.")


def _restore(args: argparse.Namespace) -> None:
    data = data_folder()
    address = os.environ.get("ELEARN_DATABASE") or ""
    made = backup.restore(data, address, args.file, clock.now(), replace=args.replace, unchecked=args.unchecked)
    prepare_data()
    when = datetime.fromisoformat(made.made).astimezone(UTC)
    print(f"Restored what was saved on {when:%d %B %Y} at {when:%H:%M} UTC. Now run: bin/elearn check")


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


# ---- The words one types -----------------------------------------------------------------------------------------------

def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/elearn", description="Looks after an installation. Set ELEARN_DATA to work on another data folder than data/.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _command(commands, "init", "make the data folder, its secrets and the database, or bring them up to date", _init)
    run = _command(commands, "run", "serve the site", _run)
    run.add_argument("--prepare", action="store_true", help="do first what init does")
    run.add_argument("--demo", action="store_true", help="fill an empty data folder with the demo first")
    _command(commands, "demo", "fill an empty data folder with a believable partnership", _demo)
    _command(commands, "check", "look for anything in the records that cannot be so", _check)

    content = _group(commands, "content", "the modules")
    check = _command(content, "check", "print every problem in the modules, with file, line and how to mend it", _content_check)
    check.add_argument("--format", choices=("text", "json"), default="text", help="how to print")
    take = _command(content, "import", "add the questions of a file to a module: all of them, or none when one is wrong", _content_import)
    take.add_argument("module", help="the name of its folder, such as child-neglect")
    take.add_argument("file", type=Path, help="GIFT or Moodle XML")
    take.add_argument("--format", choices=tuple(folder.READ), help="told by the name of the file when left out: .xml is moodle-xml, all else gift")
    take.add_argument("--dry-run", action="store_true", help="say what would be done and lost, and write nothing")
    give = _command(content, "export", "print the questions of a module for another system", _content_export)
    give.add_argument("module", help="the name of its folder, such as child-neglect")
    give.add_argument("--format", choices=tuple(folder.WRITE), required=True)
    give.add_argument("--output", type=Path, help="a new file to write to, instead of printing")

    new = _command(content, "new", "begin a module: a folder with every file it needs", _content_new)
    new.add_argument("kind", choices=starters.KINDS)
    new.add_argument("slug", help="small letters, numbers and hyphens; a theme begins with its month: 2026-05-child-neglect")
    means = _command(content, "effect", "say what the files would mean for people, before they are live", _content_effect)
    means.add_argument("module", nargs="?", help="its name; without one, every course that changed")
    _command(content, "publish", "have a material change go live", _content_publish).add_argument("module")
    back = _command(content, "rollback", "have an earlier version live again", _content_rollback)
    back.add_argument("module")
    back.add_argument("--to", metavar="VERSION", help="which; without it, the one before (content history lists them)")
    _command(content, "history", "list every version of a course that was live", _content_history).add_argument("module")
    _command(content, "report", f"print the figures of the content: {content_report.COMMAND}", _content_report)

    person = _group(commands, "people", "who is here")
    add = _command(person, "add-administrator", "make an administrator, and print a link to sign in with", _add_administrator)
    add.add_argument("name", help="in quotes, as it should be printed on certificates")
    add.add_argument("email")
    add.add_argument("--quiet", action="store_true", help="leave out the hint")
    load = _command(person, "import", "add the people in a CSV file: all of them, or none when a row is wrong", _people_import)
    load.add_argument("file", type=Path, help=f"with the columns {', '.join(importing.COLUMNS)}")
    load.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    _command(person, "list", "print everyone, separated by tabs", _people_list)

    jobs = _group(commands, "jobs", "work done in the background")
    _command(jobs, "run", "do everything that is due, now", _jobs_run)

    routes = _command(commands, "routes", "print every address of the site and who may use it", _routes)
    routes.add_argument("--json", action="store_true", help="for machines")

    save = _command(commands, "backup", "save the database while the site runs", _backup)
    save.add_argument("file", type=Path, help="a new file, such as westmere-2026-05-26.zip")
    save.add_argument("--with-keys", action="store_true", help="put the secret keys in as well")
    load = _command(commands, "restore", "put back what backup saved; the site must be stopped", _restore)
    load.add_argument("file", type=Path)
    load.add_argument("--replace", action="store_true", help="even when there is a database already, which is kept beside it")
    load.add_argument("--unchecked", action="store_true", help="even when the keys are lost: nobody can tell whether the file was changed")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str, do: Callable[[argparse.Namespace], int | None]
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=words, description=words.capitalize() + ".")
    made.set_defaults(do=do)
    return made


def _group(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return commands.add_parser(name, help=words).add_subparsers(required=True, metavar="COMMAND")


if __name__ == "__main__":
    sys.exit(main())
