"""The program that writes for the server: it takes the lock of the data directory for one batch at a time.

`queue` starts it and talks to it in frames, four bytes of length and JSON. A batch is answered by a frame for each of
its tasks, as soon as what became of it is durable; then one on the publication, if that was asked for; then an end.
It has no limit of its own: what strangers send was read by a loader that has one.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path

from ..errors import Overloaded, ServiceError, WorkLocked
from ..loading.catalogue_terms import CatalogueTerms
from ..loading.own_vocabulary import ensure_vocabulary
from ..processes.frames import Frame, error_to_json, read_json, take_answers, write_json
from ..processes.limits import be_nice
from ..releases.publishing import publish_what_waits
from ..releases.releases import Releases
from ..resources import ONTOLOGY, QUERIES, SHAPES
from ..settings import Settings
from ..sparql.named_queries import NamedQuery, load_queries
from ..store.statement_store import StatementStore
from ..validation.profiles import Profile, load_profile
from ..work_store.record_nodes import record_tag
from ..work_store.work_store import WorkStore, open_work
from .graphs import Gatekeeper, GraphOrder, GraphsWritten, add_to_graph, remove_graph, replace_graph
from .orders import reading_of
from .records import RecordOrder, Written, put_record, remove_record
from .updates import Update, run_update

_NICENESS = 5  # the server's own answers go first


class Writer:
    """Carries out batches; queries and profiles are read once and kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gate: Mapping[str, NamedQuery] = load_queries(QUERIES / "gate")
        self._terms = CatalogueTerms(settings.vocabularies.split())
        self._profile: tuple[date, Profile] | None = None

    def warm(self) -> None:
        """Read what the first write would wait for."""
        self._current_profile()

    def run(self, tasks: Sequence[Frame], publish: str) -> Iterator[Frame]:
        """Yield what becomes of each task, and of the publication: `now`, `if-changed`, or `no`."""
        started = time.perf_counter()
        try:
            with open_work(self._settings.data, self._settings.write_wait_seconds) as work:
                yield {"waited": time.perf_counter() - started}
                ensure_vocabulary(work, ONTOLOGY, self._settings.base_url)
                changed = False
                for number, task in enumerate(tasks):
                    frame = self._answer(number, task, work)
                    changed = changed or frame.get("result", {}).get("changed", False)
                    yield frame
                work.settle()
                if publish == "now" or (publish == "if-changed" and changed):
                    yield self._publish(work)
        except WorkLocked as error:
            # Who holds the lock is the operator's business.
            busy = Overloaded("another process is writing to this catalogue; nothing was changed, try again later")
            yield {"locked": str(error), **error_to_json(busy)}

    def _answer(self, number: int, task: Frame, work: WorkStore) -> Frame:
        try:
            result = self._carry_out(task, work)
            return {"task": number, "result": result, "release": self._release_of(work, changed=result["changed"])}
        except ServiceError as error:
            return {"task": number, **error_to_json(error)}

    def _carry_out(self, task: Frame, work: WorkStore) -> Frame:
        match task["kind"]:
            case "put":
                order = RecordOrder(**task["order"])
                written = put_record(work, order, self._current_profile(), self._gate)
                return {**asdict(written), "changed": written.changed or self._is_served_otherwise(order, written)}
            case "delete":
                left = remove_record(work, RecordOrder(**task["order"]))
                return {"changed": True, "dangling": [each.to_json() for each in left]}
            case "graph":
                return self._write_graph(task, work)
            case "update":
                return self._update(task, work)
            case kind:
                raise AssertionError(f"no task is called {kind}")

    def _write_graph(self, task: Frame, work: WorkStore) -> Frame:
        order = GraphOrder(**task["order"])
        if task["method"] == "DELETE":
            return self._result_of(remove_graph(work, order))
        write = replace_graph if task["method"] == "PUT" else add_to_graph
        gatekeeper = Gatekeeper(self._current_profile(), self._gate, self._terms)
        found = write(work, order, Path(task["nquads"]), task["issues"], gatekeeper)
        return {**self._result_of(found), "issues": reading_of(task["issues"])["issues"]}

    def _update(self, task: Frame, work: WorkStore) -> Frame:
        gatekeeper = Gatekeeper(self._current_profile(), self._gate, self._terms)
        update = Update(task["text"], tuple(task["default_graphs"]), tuple(task["named_graphs"]))
        return self._result_of(run_update(work, GraphOrder(**task["order"]), update, self._settings, gatekeeper))

    def _release_of(self, work: WorkStore, *, changed: bool) -> int:
        """Return the number of the release that holds all there is, or will."""
        # Whoever publishes next takes the lock for it, so its number is the one after the last.
        published = Releases(self._settings.data)
        following = published.next_number()
        if published.is_held:
            return following if changed else published.current_number() or following
        if work.awaits_publication:
            return following
        return published.current_number() or max(1, following - 1)

    def _is_served_otherwise(self, order: RecordOrder, written: Written) -> bool:
        """Tell whether, after a roll-back, the release that serves says something else of a record."""
        published = Releases(self._settings.data)
        number = published.current_number()
        if not published.is_held or number is None:
            return False
        store = StatementStore.read_only(published.release(number).path / "store")
        try:
            return record_tag(store, order.record) != written.tag
        finally:
            store.close()

    def _result_of(self, written: GraphsWritten) -> Frame:
        # Unchanged is said of what serves; that is not compared, graph by graph, after a roll-back.
        return {
            "changed": written.changed or written.created or Releases(self._settings.data).is_held,
            "created": written.created,
            "records": written.records,
            "dangling": [each.to_json() for each in written.dangling],
            "graphs": [{"graph": g, "removed": r, "added": a} for g, (r, a) in sorted(written.graphs.items())],
        }

    def _publish(self, work: WorkStore) -> Frame:
        started = time.perf_counter()
        try:
            number = publish_what_waits(work, self._settings, load_queries())
        except (ServiceError, OSError) as error:
            return {"publication": {"error": str(error)}}
        return {"publication": {"release": number, "seconds": time.perf_counter() - started}}

    def _current_profile(self) -> Profile:
        today = date.today()
        if self._profile is None or self._profile[0] != today:
            self._profile = today, load_profile(SHAPES, self._settings.write_profile, today)
        return self._profile[1]


def main() -> None:
    """Carry out batches until standard input ends; the argument is the settings as JSON.

    Those that are secret come as the first frame: what a command line says anybody on the machine can read.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    be_nice(os.getpid(), _NICENESS)
    answers = take_answers()
    writer = Writer(Settings(**json.loads(sys.argv[1]), **(read_json(sys.stdin.buffer) or {})))
    writer.warm()
    with suppress(BrokenPipeError):
        write_json(answers, {"ready": True})
        while (batch := read_json(sys.stdin.buffer)) is not None:
            for frame in writer.run(batch["tasks"], batch["publish"]):
                write_json(answers, frame)
            write_json(answers, {"end": True})


if __name__ == "__main__":
    main()
