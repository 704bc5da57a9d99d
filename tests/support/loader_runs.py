"""Run a loader in this process and look at everything it said."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from loaders.__main__ import main

DATA = Path(__file__).parent.parent / "data" / "loaders"
ELM = "http://data.europa.eu/snb/model/elm/"
MC = "https://w3id.org/pinoamo/ns#"
DCTERMS = "http://purl.org/dc/terms/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
ESCO = "http://data.europa.eu/esco/model#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@dataclass(frozen=True)
class Run:
    """What one run gave: exit code, N-Quads, and the report."""

    code: int
    text: str
    issues: list[dict[str, Any]]
    summary: dict[str, Any]

    @property
    def triples(self) -> set[tuple[str, str, str]]:
        """The statements, read by a strict N-Quads parser; IRIs bare, literals in N-Quads syntax."""
        return {
            (_bare(quad.subject), _bare(quad.predicate), _bare(quad.object))
            for quad in ox.parse(self.text, ox.RdfFormat.N_QUADS)
        }

    @property
    def graphs(self) -> set[str]:
        """The names of the graphs written."""
        return {_bare(quad.graph_name) for quad in ox.parse(self.text, ox.RdfFormat.N_QUADS)}

    @property
    def records(self) -> dict[str, str]:
        """Place by record IRI."""
        marks = [line.split(" ", 3) for line in self.text.splitlines() if line.startswith("# record ")]
        return {mark[2][1:-1]: mark[3] for mark in marks}

    def part(self, mark: str) -> str:
        """The N-Quads under the record mark of an IRI, or under `shared`."""
        found = [block for block in ("\n" + self.text).split("\n# ") if block.startswith((f"record <{mark}>", mark))]
        return "".join(block.partition("\n")[2] + "\n" for block in found)

    def values(self, subject: str, predicate: str) -> set[str]:
        """The objects of one subject and predicate."""
        return {o for s, p, o in self.triples if s == subject and p == predicate}

    def said(self, severity: str) -> list[tuple[str, int, str]]:
        """Source, line and field of the issues of a severity."""
        return [(i["source"], i["line"], i["field"]) for i in self.issues if i["severity"] == severity]

    def messages(self, severity: str = "error") -> str:
        """All messages of a severity, one a line."""
        return "\n".join(issue["message"] for issue in self.issues if issue["severity"] == severity)


def run(tmp_path: Path, source_format: str, *arguments: str | Path) -> Run:
    """Run a loader with a report in `tmp_path`; the table format uses the tests' own code lists."""
    output, report = io.BytesIO(), tmp_path / "report.jsonl"
    code = main([source_format, *map(str, arguments), "--report", str(report)], output)
    entries = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    issues = [entry for entry in entries if "summary" not in entry]
    return Run(code, output.getvalue().decode("utf-8"), issues, entries[-1]["summary"] if entries else {})


def _bare(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)
