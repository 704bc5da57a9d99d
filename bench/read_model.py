"""Time the read model: how long it takes to build, and to answer.

    python bench/read_model.py --store var/releases/1/store --manifest manifest.json [--index index.sqlite] [--queries]

`--store` is the store of a release, `--manifest` what `bench/synthetic.py` wrote about its catalogue. Without
`--index` the index is built first and timed. `--queries` asks the named queries too, for comparison. Every figure is
the median of seven, in milliseconds; beside it the processor time of this thread, which a busy machine moves less.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from service.catalogue.read_model.build import build_index
from service.catalogue.read_model.read_model import ReadModel, text_folder
from service.catalogue.records import Filters
from service.sparql.binding import bind
from service.sparql.named_queries import load_queries
from service.store.oxigraph import OxigraphStore

RUNS = 7
EQF6 = "http://data.europa.eu/snb/eqf/6"
FINLAND = "http://publications.europa.eu/resource/authority/country/FIN"
PREFIXES = {
    "one letter": ("d", "m", "s", "k"),
    "two letters": ("ma", "da", "jo", "ut"),
    "three letters": ("man", "dat", "joh", "utv"),
    "five or more": ("manage", "data an", "johtaa", "utveckla", "pytho"),
}


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--queries", action="store_true")
    options = parser.parse_args()
    store = OxigraphStore.read_only(options.store)
    parameters = json.loads(options.manifest.read_text())["parameters"]
    with tempfile.TemporaryDirectory() as folder:
        path = options.index or Path(folder) / "index.sqlite"
        if not path.exists():
            start, cpu = time.perf_counter(), time.process_time()
            build_index(store, path)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"build: {time.perf_counter() - start:.1f} s, {time.process_time() - cpu:.1f} s of processor time")
            texts = sum(file.stat().st_size for file in text_folder(path).iterdir())
            print(f"index: {path.stat().st_size / 1e6:.0f} MB on disk, {texts / 1e6:.0f} MB of words", end=", ")
            print(f"process at most {peak} MB")
        start = time.perf_counter()
        model = ReadModel(path)
        print(f"open: {(time.perf_counter() - start) * 1000:.1f} ms")
        for name, ask in questions(model, parameters):
            report(name, ask)
        if options.queries:
            for name, ask in named_queries(store, parameters):
                report(f"named query: {name}", ask)


def questions(model: ReadModel, parameters: dict[str, str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is asked of the read model."""
    level = Filters(level=(EQF6,))
    several = Filters(level=(EQF6,), country=(FINLAND,), min_ects=Decimal(3))
    skill = Filters(skill=(parameters["skill"],))
    text = Filters(text="manage")
    for name, filters in (("no", Filters()), ("level", level), ("three", several), ("skill", skill), ("text", text)):
        yield f"facets, {name} filter", lambda filters=filters: model.facets(filters)
        for offset in (0, 10_000):
            yield (
                f"sorted page of 20 at {offset}, {name} filter",
                lambda filters=filters, offset=offset: model.credentials(
                    filters, language="fi", limit=20, offset=offset
                ),
            )
    yield "skill and narrower", lambda: model.skill_credentials(parameters["skill"], 20, 0)
    yield "occupation", lambda: model.occupation_credentials(parameters["occupation"], 20, 0)
    for name, prefixes in PREFIXES.items():
        for prefix in prefixes:
            yield f"suggest, {name}: {prefix}", lambda prefix=prefix: model.suggest(prefix, (), None, 10)
    yield "suggest, skills in Finnish: jo", lambda: model.suggest("jo", ("skill",), "fi", 10)
    for words in ("python", "manage", "data analysis", "ing", "ai", "a", "supervise correctional procedures"):
        yield f"search: {words}", lambda words=words: forgetful_search(model, words)
        yield f"facets, text not asked before: {words}", lambda words=words: forgetful_facets(model, words)


def forgetful_search(model: ReadModel, words: str) -> object:
    """Return a page of a search of which nothing is remembered."""
    if model._text is not None:
        model._text._found.cache_clear()
    return model.search(words, (), None, 20, 0)


def forgetful_facets(model: ReadModel, words: str) -> object:
    """Return the facets under a text of which nothing is remembered."""
    model._holding.cache_clear()
    if model._text is not None:
        model._text._found.cache_clear()
    return model.facets(Filters(text=words))


def named_queries(store: OxigraphStore, parameters: dict[str, str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the same of the queries the read model stands in for."""
    queries = load_queries()
    for name, arguments, limit in (
        ("credential-facets", {"level": [EQF6]}, None),
        ("credentials", {"level": [EQF6], "label_language": ["fi"]}, 20),
        ("skill-credentials", {"skill": [parameters["skill"]]}, 20),
        ("occupation-credentials", {"occupation": [parameters["occupation"]]}, 20),
        ("search", {"text": ["python"]}, 20),
    ):
        text = bind(queries[name], arguments, limit=limit)
        yield name, lambda text=text: store.select(text)


def report(name: str, ask: Callable[[], object]) -> None:
    """Print the median of wall and processor time, and the time of the first answer."""
    times = [timed(ask) for _ in range(RUNS + 1)]
    wall, processor = (statistics.median(column) for column in zip(*times[1:], strict=True))
    print(f"{name}: {wall:.2f} ms (processor {processor:.2f}, first answer {times[0][0]:.2f})", flush=True)


def timed(ask: Callable[[], object]) -> tuple[float, float]:
    """Return milliseconds of wall and of processor time."""
    wall, processor = time.perf_counter(), time.thread_time()
    ask()
    return (time.perf_counter() - wall) * 1000, (time.thread_time() - processor) * 1000


if __name__ == "__main__":
    main()
