"""The rig of a test process, and which scenarios run when."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.rig import Rig
from tests.faults.rig import rig as new_rig
from tests.faults.scene import Scene

HERE = Path(__file__).parent
# No scenario takes longer, in seconds, whatever hangs. Setting up the servers comes before.
LIMIT = 180


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers."""
    config.addinivalue_line("markers", "faults: a scenario of the fault suite (`make faults`)")
    config.addinivalue_line("markers", "faults_short: a scenario that is quick enough for `make test`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bound every scenario, and leave the long ones to those who ask for them by marker or by path."""
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LIMIT, func_only=True))
    asked = [(config.rootpath / str(argument).split("::")[0]).resolve() for argument in config.args]
    if "faults" in str(config.getoption("markexpr")) or any(path.is_relative_to(HERE) for path in asked):
        return
    long = [item for item in items if HERE in item.path.parents and not item.get_closest_marker("faults_short")]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    """Return the servers."""
    with new_rig() as running:
        yield running


@pytest.fixture
def scene(rig: Rig) -> Iterator[Callable[..., Scene]]:
    """Return a function that sets a scene; it is cleared away whatever happens."""
    made: list[Scene] = []

    def set_up(**options: Any) -> Scene:
        made.append(Scene(rig, **options))
        return made[-1]

    yield set_up
    for one in made:
        one.close()
    rig.end()
