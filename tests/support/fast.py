"""Which tests are fast, and that they are: without the marker `system` a test starts no process, publishes nothing."""

from __future__ import annotations

import multiprocessing.process
import sys
from typing import Any

import pytest

from service.releases import publishing

SYSTEM_FOLDERS = {"api", "browser", "faults", "fuzz"}
"""Folders in which every test needs a server, a release or an engine."""
SYSTEM_FIXTURES = {"demo_settings"}
"""Fixtures that publish or start something."""
_STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}


def is_system(item: pytest.Item) -> bool:
    """Tell whether the folder or a fixture of a test says that it starts processes or publishes."""
    folder = item.path.relative_to(item.config.rootpath).parts[1:2]
    return bool(SYSTEM_FOLDERS & set(folder) or SYSTEM_FIXTURES & set(getattr(item, "fixturenames", ())))


class Guard:
    """Refuses processes and publications while a test runs that is not marked for them."""

    def __init__(self) -> None:
        self._watching = False
        self._done: list[str] = []
        self._publish, self._start = publishing._build, multiprocessing.process.BaseProcess.start
        sys.addaudithook(self._hear)  # there is no way to take it away again, nor a need to
        publishing._build = lambda *given, **more: self._refused(self._publish, "publishes", *given, **more)
        multiprocessing.process.BaseProcess.start = lambda process: self._refused(
            self._start, "starts a process", process
        )  # type: ignore[method-assign]

    def watch(self, item: pytest.Item) -> None:
        """Watch until `stop`, unless the test is marked."""
        self._watching, self._done = item.get_closest_marker("system") is None, []

    def stop(self) -> list[str]:
        """Return what was done meanwhile, also what a thread did or an `except` hid."""
        self._watching = False
        return self._done

    def _refuse(self, what: str) -> None:
        if self._watching:
            self._done.append(what)
            pytest.fail(f"this test needs @pytest.mark.system: it {what}")

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STARTS:
            self._refuse(f"starts a process: {arguments[0] if arguments else event}")

    def _refused(self, call: Any, what: str, *given: Any, **more: Any) -> Any:
        self._refuse(what)
        return call(*given, **more)
