"""Acts on connections of their own: several at once, or one that is held open in its middle."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections, transaction


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts at the same moment, each on a connection of its own, and return their results or exceptions."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return act()
        except Exception as error:
            return error
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


class Held:
    """An act that has done everything and has not finished: it runs inside a transaction that stays open."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.done, self.go_on = threading.Event(), threading.Event()
        self.result: Any = None
        self._thread = threading.Thread(target=self._run, args=(act,))
        self._thread.start()
        assert self.done.wait(10)

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                self.result = act()
                self.done.set()
                self.go_on.wait(10)
        finally:
            connections["default"].close()

    def finish(self) -> Any:
        """Let it commit, and return what it returned."""
        self.go_on.set()
        self._thread.join(10)
        return self.result


class Waiting:
    """An act that is expected to wait for another one: it runs beside the test until it is collected."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.result: Any = None
        self._thread = threading.Thread(target=self._run, args=(act,))
        self._thread.start()

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            self.result = act()
        except Exception as error:
            self.result = error
        finally:
            connections["default"].close()

    def is_waiting(self, *, patience: float = 1.0) -> bool:
        """Whether it has not come to an end after a while."""
        self._thread.join(patience)
        return self._thread.is_alive()

    def collect(self) -> Any:
        """Wait for its end, and return its result or exception."""
        self._thread.join(10)
        return self.result
