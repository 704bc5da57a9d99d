"""The strict reading: what is odd costs its statement and is told with its line; whatever goes in, RDF comes out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.__main__ import main
from loaders.identifiers import is_iri, is_language_tag
from loaders.parsing import parse_statements
from service.settings import Settings
from service.validation.brought_shapes.official import load_shapes
from service.validation.context import ListedConcepts
from service.validation.documents import conforms_to_all, read_documents
from service.validation.report import document_report
from tests.conftest import PATIENCE, ROOT

pytestmark = pytest.mark.system

DOCUMENTS = ROOT / "tests" / "data" / "documents"
GOOD = "<urn:good> <urn:p> <urn:o> ."


def read(folder: Path, name: str, data: bytes, loader: str = "document") -> tuple[bytes, list[dict[str, Any]]]:
    """Return what a loader writes of a file, and its report."""
    path, output, report = folder / name, io.BytesIO(), folder / "report.jsonl"
    path.write_bytes(data)
    main([loader, str(path), "--report", str(report)], output)
    return output.getvalue(), [json.loads(line) for line in report.read_text("utf-8").splitlines()]


def strict(nquads: bytes) -> list[ox.Quad]:
    return list(ox.parse(nquads, ox.RdfFormat.N_QUADS))


# RFC 3987, 2.2, and RFC 3986, appendix B.
@pytest.mark.parametrize(
    "iri",
    [
        "http://e/a?b=c#d",
        "urn:isbn:951-0-18435-7",
        "http://[::1]:80/",
        "http://e/%C3%A4",
        "http://e/ä",
        "mailto:a@e.fi",
    ],
)
def test_iri_of_the_standard_is_one(iri: str) -> None:
    assert is_iri(iri)


@pytest.mark.parametrize(
    "iri",
    ["http://e/?f[0]=x", "http://e/50%", "http://e/a b", "http://e/#a#b", "http://[x]/", "relative", "http://e/{x}"],
)
def test_text_that_is_no_iri_is_none(iri: str) -> None:
    assert not is_iri(iri)


# BCP 47, appendix A, and 2.1.1 for those that are ill-formed.
@pytest.mark.parametrize(
    "tag", ["en", "en-US", "zh-Hant-CN", "de-CH-1996", "es-419", "x-whatever", "i-klingon", "de-a-value"]
)
def test_tag_of_the_standard_is_one(tag: str) -> None:
    assert is_language_tag(tag)


@pytest.mark.parametrize("tag", ["en_US", "zh-classical", "de-419-DE", "a-DE", "", "e", "englishlanguage"])
def test_text_that_is_no_tag_is_none(tag: str) -> None:
    assert not is_language_tag(tag)


ODD = {
    "a.ttl": f"@prefix e: <http://e/?f[0]=> .\n{GOOD}\n<urn:s> <urn:p> e:x .",
    "b.ttl": f"{GOOD}\n\n<urn:s> <urn:p> <http://e/50%> .",
    "c.ttl": f'{GOOD}\n\n<urn:s> <urn:p> "x"@zh-classical .',
    "d.nt": f"{GOOD}\n\n<urn:s> <urn:p> <http://e/a b> .",
    "e.nq": f'{GOOD}\n\n<urn:s> <urn:p> "x"^^<http://e/50%> .',
    "f.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:p="urn:">'
    '<rdf:Description rdf:about="urn:good"><p:p rdf:resource="urn:o"/>\n\n<p:q rdf:resource="http://e/50%"/>'
    "</rdf:Description></rdf:RDF>",
    "g.jsonld": '{"@id": "urn:good", "urn:p": {"@id": "urn:o"},\n\n"urn:q": {"@id": "http://e/?f[0]=x"}}',
}
LINES = {"a.ttl": 1}


@pytest.mark.parametrize("name", ODD)
def test_odd_value_costs_its_statement_and_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    nquads, report = read(tmp_path, name, ODD[name].encode())
    assert [str(quad.object) for quad in strict(nquads)] == ["<urn:o>"]
    (told, _) = report
    assert (told["source"], told["line"], told["left_out"]) == (name, LINES.get(name, 3), True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ttl", f'{GOOD}\n<urn:s> <urn:p> "x"@en_US , "say \\"@en_US "@fi .'),
        ("b.jsonld", '{"@id": "urn:good", "urn:p": {"@id": "urn:o"},\n"urn:q": {"@value": "x", "@language": "en_US"}}'),
    ],
)
def test_underscore_in_a_tag_is_mended_and_told(name: str, text: str, tmp_path: Path) -> None:
    nquads, (told, _) = read(tmp_path, name, text.encode())
    languages = {quad.object.language for quad in strict(nquads) if isinstance(quad.object, ox.Literal)}
    assert "en-us" in {language.lower() for language in languages if language}
    texts = {str(quad.object) for quad in strict(nquads)}
    assert any("@en_US " in text for text in texts) is (name == "a.ttl")  # what stands in a text stays
    assert (told["severity"], told["line"]) == ("warning", 2)
    assert "en_US" in told["message"]


# What stands in a text is the text's, whatever quotes are around it (Turtle 1.1, 2.5.1).
@pytest.mark.parametrize("quotes", ["'", '"', "'" * 3, '"' * 3])
@pytest.mark.parametrize("size", [3, 1 << 16])
def test_words_within_a_text_are_no_tag(quotes: str, size: int) -> None:
    class InBits(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            return super().read(size)

    told: list[str] = []
    other = '"' if quotes[0] == "'" else "'"
    words = f"say {other}x{other}@en_US now"
    text = f'<urn:s> <urn:p> {quotes}{words}{quotes}@fi_FI ,\n"z"@en_GB .'
    found = list(parse_statements(InBits(text.encode()), "ttl", "f", None, lambda tag, line: told.append(tag)))
    assert told == ["fi_FI", "en_GB"]
    assert "@en_US now" in found[0][2]


def test_quotes_in_addresses_and_comments_are_none() -> None:
    told: list[str] = []
    text = """<http://e/o'x> <urn:p> "x"@en_US , "it's"@en . # it's 'y'"""
    stream = io.BytesIO(text.encode())
    found = list(parse_statements(stream, "ttl", "f", None, lambda tag, line: told.append(tag)))
    assert ([value.lower() for _, _, value in found], told) == (['"x"@en-us', '"it\'s"@en'], ["en_US"])


class _InBits(io.BytesIO):
    """A stream that gives a few bytes at a time, so that tags are cut anywhere."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(3)


def test_tag_is_mended_wherever_the_stream_is_cut() -> None:
    told: list[tuple[str, int]] = []
    text = b'<urn:s> <urn:p> "x"@en_US ,\n"y"@pt_BR .'
    found = list(parse_statements(_InBits(text), "ttl", "f", None, lambda tag, line: told.append((tag, line))))
    assert [value.lower() for _, _, value in found] == ['"x"@en-us', '"y"@pt-br']
    assert told == [("en_US", 1), ("pt_BR", 2)]


PIECES = st.sampled_from(
    ["<urn:a>", " ", "<http://e/50%>", '"x"', "@en_US", "@zh-classical", "^^", ".", "\n", ";", ",", "[", "]", "_:b",
     "1", "<http://e/a b>", "<rel>", "a", '"""', "'", "\\u0000", "\\ud800", "é", "@prefix p: <http://e/[> .\n", "p:x",
     '"\\n"', "true", "<urn:a> <urn:p> "]
)  # fmt: skip


@pytest.mark.parametrize("ending", ["ttl", "nt", "nq", "trig"])
@given(pieces=st.lists(PIECES, max_size=30), noise=st.binary(max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_goes_in_what_comes_out_parses_strictly(
    ending: str, pieces: list[str], noise: bytes, tmp_path: Path
) -> None:
    nquads, report = read(tmp_path, f"any.{ending}", "".join(pieces).encode() + noise)
    assert strict(nquads) is not None
    assert "summary" in report[-1]


@given(
    data=st.recursive(
        st.sampled_from(["x", "urn:a", "http://e/50%", "en_US", "@id", "a b", ""]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@id", "@type", "@value", "@language", "urn:p", "p", "http://e/[0]"]), inner
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_json_goes_in_what_comes_out_parses_strictly(data: object, tmp_path: Path) -> None:
    nquads, _ = read(tmp_path, "any.jsonld", json.dumps(data).encode())
    assert strict(nquads) is not None


def test_load_reads_both_records_and_names_the_odd_address(tmp_path: Path) -> None:
    data = (DOCUMENTS / "08-homepage.ttl").read_bytes()
    nquads, report = read(tmp_path, "08-homepage.ttl", data, "elm")
    assert strict(nquads)
    told = [entry for entry in report if entry.get("left_out")]
    assert [(entry["source"], entry["line"]) for entry in told] == [("08-homepage.ttl", 5)]
    assert "https://example.org/search?f[0]=soil" in told[0]["message"]


def test_document_read_in_part_says_so_and_conforms_unless_asked_strictly(tmp_path: Path) -> None:
    path, shapes = tmp_path / "d.ttl", tmp_path / "s.ttl"
    path.write_text(ODD["b.ttl"], "utf-8")
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:S> sh:targetSubjectsOf <urn:p> ; sh:nodeKind sh:IRI .",
        "utf-8",
    )
    (document,) = read_documents([path], Settings(data=tmp_path / "var"))
    profile, lists = load_shapes([shapes]).profile, ListedConcepts()
    assert (document.left_out, document.error) == (1, None)
    assert document_report(document, [profile], lists).conforms
    assert not document_report(document, [profile], lists, strict=True).conforms
    assert b"left_out: 1" in document_report(document, [profile], lists).body
    answer = {"verdicts": [{"outcome": "conforms"}], "error": None, "left_out": 1}
    assert (conforms_to_all(answer), conforms_to_all(answer, strict=True)) == (True, False)


def test_relative_addresses_are_resolved_against_the_file(tmp_path: Path) -> None:
    nquads, _ = read(tmp_path, "here.ttl", b"<#a> <urn:p> <other> .")
    (quad,) = strict(nquads)
    assert str(quad.subject) == f"<{(tmp_path / 'here.ttl').as_uri()}#a>"
    assert str(quad.object) == f"<{(tmp_path / 'other').as_uri()}>"


def test_command_tells_how_many_statements_were_left_out(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.cli.main", "check", str(DOCUMENTS / "06-langtag.ttl")]
    patience = {f"PINOAMO_{name.upper()}": str(value) for name, value in PATIENCE.items()}
    environment = {"PINOAMO_DATA": str(tmp_path), **patience}
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False, env=environment, text=True)
    assert "Statements left out: 1" in done.stdout
    assert "zh-classical" in done.stdout
