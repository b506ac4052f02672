"""The measure: a bare Flask page from one template of 12 kB, and a bare route with one read and one durable write."""
from __future__ import annotations

import sqlite3
import sys
import threading
from pathlib import Path

from flask import Flask, render_template, request
from jinja2 import DictLoader
from waitress import serve

from elearn.records.db import sqlite_module
from elearn.server import Listener
from elearn.settings import Settings

ROWS = "".join(f"<li><a href='/page/{n}'>Row {{{{ rows[{n}] }}}}</a> with some words about it that take up room</li>\n" for n in range(20))
HEAD = "<!doctype html><html lang=en><title>{{ title }}</title><main><h1>{{ title }}</h1><ul>"
PAGE = f"{HEAD}{ROWS}</ul><p>{'words ' * 1600}</p></main></html>"


def app(path: Path) -> Flask:
    """Both routes. The write is what any Flask site would do by hand: one transaction, WAL, synchronous=FULL."""
    bare, here, module = Flask("bare"), threading.local(), sqlite_module()
    turn = threading.Lock()
    bare.jinja_loader = DictLoader({"page.html": PAGE})

    def connection() -> sqlite3.Connection:
        if not hasattr(here, "connection"):
            here.connection = module.connect(path, isolation_level=None, timeout=5)
            here.connection.execute("PRAGMA journal_mode=WAL")
            here.connection.execute("PRAGMA synchronous=FULL")
        return here.connection  # type: ignore[no-any-return]  # a thread's own attributes have no types

    connection().execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")

    @bare.get("/page")
    def page() -> str:
        return render_template("page.html", title="A bare page", rows=list(range(20)))

    @bare.post("/write")
    def write() -> str:
        words, at = request.form["words"], connection()
        with turn:
            at.execute("BEGIN IMMEDIATE")
            last = at.execute("SELECT max(id) FROM note").fetchone()[0]
            at.execute("INSERT INTO note (words) VALUES (?)", (words,))
            at.execute("COMMIT")
        return f"kept after {last}"

    return bare


if __name__ == "__main__":
    if sys.argv[3:] == ["ours"]:  # by the threads that serve the site, else by waitress's own
        Listener(app(Path(sys.argv[1])), Settings.from_environment()).until_told()
    else:
        serve(app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), threads=4, connection_limit=1000, backlog=1000, ident=None)
