"""Addresses that are remembered are the ones Flask would make."""
from __future__ import annotations

from flask import Flask, url_for

from elearn.web.application import Application


def paths(app: Flask, root: str = "") -> list[str]:
    app.add_url_rule("/a/<int:number>", "a", lambda number: str(number))
    with app.test_request_context("/", base_url=f"http://localhost{root}"):
        return [
            url_for("a", number=1), url_for("a", number=1), url_for("a", number=2), url_for("a", number=1, q="1"), url_for("a", number=1, q=["x", "y"]),
            url_for("a", number=1, _anchor="end"), url_for("a", number=1, _external=True), url_for("a", number=1),
        ]


def test_addresses_are_those_of_flask_with_or_without_a_path_before_them() -> None:
    for root in ("", "/learning"):
        assert paths(Application("elearn", static_folder=None), root) == paths(Flask("elearn", static_folder=None), root)


def test_one_memory_serves_the_site_under_two_paths() -> None:
    app = Application("elearn", static_folder=None)
    app.add_url_rule("/a", "a", str)
    for root in ("", "/learning", ""):
        with app.test_request_context("/", base_url=f"http://localhost{root}"):
            assert url_for("a") == f"{root}/a"


def test_the_memory_does_not_grow_without_end() -> None:
    app = Application("elearn", static_folder=None)
    app.add_url_rule("/a/<int:number>", "a", str)
    with app.test_request_context("/"):
        for number in range(12_000):
            assert url_for("a", number=number) == f"/a/{number}"
    assert len(app._addresses) <= 5000
