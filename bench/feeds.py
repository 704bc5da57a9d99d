"""Holds the feed of a generated catalogue to the official shapes of the Commission's catalogue profile.

    python -m bench.feeds SHAPES [--credentials 10000] [--plain]

SHAPES is the folder with LOQ-constraints.ttl and LOQ-constraints-mdr.ttl. `--plain` asks plain pySHACL too.
"""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path
from time import process_time

from rdflib import SH, Graph

from bench.synthetic import Catalogue, read_skills
from service.rdf.media_types import TURTLE
from service.rdf.syntax import triples_from_text
from service.releases.feeds.feeds import Feed, page_about
from service.resources import CODE_LISTS
from service.store.oxigraph import OxigraphStore
from service.validation.brought_shapes.official import load_shapes
from service.validation.brought_shapes.others import results_of_others

ROOT = Path(__file__).parent.parent
BASE = "http://localhost:8000"


def generated(credentials: int) -> OxigraphStore:
    """Return a store of generated records and the code lists that they name."""
    catalogue = Catalogue(read_skills(ROOT / "data" / "demo" / "esco.ttl"), credentials, 0.0, 7, BASE)
    lists = Graph()
    for path in sorted(CODE_LISTS.glob("*.ttl")):
        lists.parse(path)
    known = lists.serialize(format="nt")
    return OxigraphStore.in_memory(("".join(catalogue.records()) + known).encode())


def main() -> None:
    """Read the arguments, write the feed and say what the shapes find."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("shapes", type=Path)
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--plain", action="store_true")
    given = parser.parse_args()
    store = generated(given.credentials)
    start = process_time()
    output = BytesIO()
    Feed(store, "loq-qualifications", page_about(BASE)).write(output, TURTLE)
    print(f"feed: {process_time() - start:.1f} s of processor time, {len(output.getvalue()) / 1e6:.1f} MB")
    entries = list(Feed(store, "loq-qualifications", page_about(BASE)).entries())
    print(f"in the feed: {sum(entry.in_feed for entry in entries)} of {len(entries)}")
    triples = tuple(triples_from_text(output.getvalue(), TURTLE))
    official = load_shapes([given.shapes / "LOQ-constraints.ttl", given.shapes / "LOQ-constraints-mdr.ttl"])
    start = process_time()
    print(f"results by our engine: {len(results_of_others(triples, official.profile, None))}")
    print(f"judged: {process_time() - start:.1f} s of processor time")
    if given.plain:
        import pyshacl

        shapes = Graph().parse(given.shapes / "LOQ-constraints.ttl")
        shapes.remove((None, SH.pattern, None))  # Python compiles none of those for addresses
        conforms, _, text = pyshacl.validate(Graph().parse(data=output.getvalue()), shacl_graph=shapes)
        print(f"plain pySHACL: {'conforms' if conforms else text[:1000]}")


if __name__ == "__main__":
    main()
