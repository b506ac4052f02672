"""What tests of the site share: every answer, and whatever is left in the records, is looked at, whatever the test is about."""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.web.town import Town
    from tests.web.walks import Walks


@pytest.fixture(autouse=True, scope="session")
def _every_answer_carries_the_headers() -> Iterator[None]:
    """Hold each answer that any test client gets to the rules for headers and cookies (OWASP ASVS 3.3 and 3.4)."""
    from flask.testing import FlaskClient

    from tests.web.headers import hold

    before = FlaskClient.open

    def opened(self: FlaskClient, *args: Any, **kwargs: Any) -> Any:
        response = before(self, *args, **kwargs)
        hold(response, https=self.application.extensions["settings"].https)
        return response

    patch = pytest.MonkeyPatch()
    patch.setattr(FlaskClient, "open", opened)
    yield
    patch.undo()


# ---- The records after every test

WATCHES = pytest.StashKey["Watches"]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "breaks_invariants(*rules, reason, for_good=False): the test breaks these rules of the records on purpose; "
        "for_good says that on its site, whatever comes later will seem to break them too"
    )


@pytest.fixture(autouse=True, scope="session")
def _the_records_are_watched(request: pytest.FixtureRequest) -> Iterator[None]:
    """Note which sites each test asks something of, so that their records are held to every rule afterwards."""
    from flask.testing import FlaskClient

    from tests.web.invariants import Watches

    watches = request.config.stash[WATCHES] = Watches()
    before = FlaskClient.open

    def opened(self: FlaskClient, *args: Any, **kwargs: Any) -> Any:
        watches.ask(self.application)
        return before(self, *args, **kwargs)

    patch = pytest.MonkeyPatch()
    patch.setattr(FlaskClient, "open", opened)
    yield
    patch.undo()
    watches.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the walks runs in one worker, so that they are walked once."""
    for item in items:
        if "walks" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("walks"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    if watches := item.config.stash.get(WATCHES, None):
        watches.begin()
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A test that passed has to leave nothing that cannot be; here, because later what it did may be undone."""
    yield
    mark = item.get_closest_marker("breaks_invariants")
    watches = item.config.stash[WATCHES]
    if mark is None:
        watches.hold()
    else:
        assert mark.kwargs["reason"]
        watches.hold(frozenset(mark.args), mark.kwargs.get("for_good", False))


@pytest.fixture(scope="session")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    from tests.web import town

    built = town.build(tmp_path_factory.mktemp("town"))
    yield built
    built.close()


@pytest.fixture
def town(_town: Town) -> Iterator[Town]:
    """A site of its own with people of every kind; whatever a test does there is undone afterwards."""
    with _town.undone():
        yield _town


@pytest.fixture(scope="session")
def walks(_town: Town) -> Walks:
    """Everything that every kind of person can reach by links, fetched once for all tests that look at it."""
    from tests.web.walks import walk

    with _town.undone():
        return walk(_town)
