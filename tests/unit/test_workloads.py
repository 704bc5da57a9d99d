"""Workloads are in hours wherever they are published: in dumps as in records."""

from __future__ import annotations

from io import BytesIO

import pytest

from service.rdf.durations import WorkloadsInHours
from service.rdf.media_types import N_QUADS, N_TRIPLES, TRIG, TURTLE
from service.rdf.results import PREFIXES
from service.store.oxigraph import OxigraphStore

ELM = "http://data.europa.eu/snb/model/elm/"
XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = (
    f'<urn:a> <{ELM}volumeOfLearning> "PT135H"^^<{XSD}duration> <urn:g> .\n'
    f'<urn:b> <{ELM}volumeOfLearning> "P2M"^^<{XSD}duration> <urn:g> .\n'
    f'<urn:c> <{ELM}maximumDuration> "PT48H"^^<{XSD}duration> <urn:g> .\n'
    f'<urn:d> <urn:says> "volumeOfLearning> \\"P5DT15H\\"^^" <urn:g> .\n'
)


@pytest.mark.parametrize("media_type", [N_QUADS, N_TRIPLES, TRIG, TURTLE])
def test_workload_is_written_in_hours_and_nothing_else_changes(media_type: str) -> None:
    store, plain, output = OxigraphStore.in_memory(DATA.encode()), BytesIO(), BytesIO()
    store.dump(plain, media_type, PREFIXES)
    assert b'"P5DT15H"^^' in plain.getvalue()  # what the engine makes of it
    hours = WorkloadsInHours(output)
    store.dump(hours, media_type, PREFIXES)
    hours.flush()
    assert b'"PT135H"^^' in output.getvalue()
    assert output.getvalue().replace(b'"PT135H"^^', b'"P5DT15H"^^') == plain.getvalue()


def test_a_statement_in_two_pieces_is_read_whole() -> None:
    output = BytesIO()
    hours = WorkloadsInHours(output)
    line = DATA.splitlines()[0].replace("PT135H", "P5DT15H").encode()
    for piece in (line[:70], line[70:]):
        hours.write(piece)
    hours.flush()
    assert output.getvalue() == DATA.splitlines()[0].encode()
