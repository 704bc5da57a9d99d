"""The examples that readers of the shapes see are those that the manifest tests."""

from __future__ import annotations

import pyshacl
import pytest
from rdflib import RDF, SKOS, Graph

from service.validation.profiles import MCS, profile_names
from tests.conformance import write_examples
from tests.conformance.manifest import DEFAULT_DAY, SHAPES, profile


def test_the_file_of_examples_is_what_the_manifest_makes_of_it() -> None:
    assert write_examples.TARGET.read_text(encoding="utf-8") == write_examples.text(), (
        "run: python -m tests.conformance.write_examples"
    )


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_check_has_an_example(name: str) -> None:
    shown = {str(shape) for shape in Graph().parse(write_examples.TARGET).subjects(SKOS.example)}
    assert set(profile(name, DEFAULT_DAY).checks) <= shown


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_shapes_stand_alone_on_the_examples_of_their_page(name: str) -> None:
    shapes = profile(name, DEFAULT_DAY).graph
    for kind in ("specification", "credential"):
        example = Graph().parse(write_examples.TARGET).value(MCS[f"example-{kind}"], RDF.value)
        data = Graph().parse(data=str(example), format="turtle")
        conforms, _, text = pyshacl.validate(data, shacl_graph=shapes, allow_warnings=True)
        assert conforms, text
