"""What tests of the site share: every answer to every request in them is looked at, whatever the test is about."""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
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
