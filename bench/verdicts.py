"""The table of verdicts on real documents: every file of some folders against every profile.

    python -m bench.verdicts samples elm/examples --shapes EDC-generic-no-cv.ttl \\
        --shapes EDC-generic-no-cv.ttl,EDC-generic-full.ttl --shapes LOQ-constraints.ttl > docs/verdicts.md

A group of `--shapes` files is one profile of somebody else, such as the credential profile of the Commission. Rules
that hold for a time are those of one day, so that the table changes only when a verdict does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from service.errors import InvalidArgument
from service.settings import Settings
from service.validation.brought_shapes.official import load_shapes
from service.validation.context import ListedConcepts
from service.validation.documents import Document, Issue, read_documents, verdicts
from service.validation.profiles import Profile, definition_names, load_profile
from service.validation.recognition import RecognitionRow, recognise

from .measure import table

ROOT = Path(__file__).parent.parent
ONTOLOGY = ROOT / "ontology"
SHAPES = ROOT / "shapes"
# The profiles that get a column of their own; the rest are named together where they say yes.
OWN_COLUMN = ("eu", "he", "fi-he")
DAY = date(2026, 11, 25)
SIGNS = {"yes": "yes", "no": "no", "undecided": "?", "not-asked": "–"}
LEGEND = """# Verdicts on real documents

What the profiles say of public sample documents (`samples/`) and of three made for tests (`examples/`), with the rules
of 25 November 2026. Written by `python -m bench.verdicts`; a test holds it to what the profiles say.

*yes*: an issued credential is one, a catalogue entry describes one. *no*: something mandatory is wrong, or the profile
speaks of other things. *?*: a rule of the profile could not be asked, or there is a question for people. *–*: nothing
in the document is of a kind the profile speaks of, or it could not be read.
*Lacking* lists the elements of the European definition that are missing or wrong; in brackets, those only recommended.
Proof and revocation status are not looked at.
"""


def documents(folders: Sequence[Path]) -> Iterator[Document]:
    """Yield every file, read or with the reason why not."""
    for folder in folders:
        read = {document.source: document for document in read_documents([folder], Settings())}
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"):
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            yield read.get(name) or Document(name, (), (Issue("error", 0, "", "no RDF"),))


def row(document: Document, profiles: Sequence[Profile], lists: ListedConcepts) -> Sequence[str]:
    """Return a line of the table."""
    found: dict[str, RecognitionRow] = {}
    remark = document.error.message if document.error else ""
    if document.triples:
        try:
            found = {one.profile: one for one in recognise(document, profiles, lists)}
        except InvalidArgument as error:
            remark = str(error)
    signs = {profile.id: SIGNS[found[profile.id].answer] if profile.id in found else "–" for profile in profiles}
    columns = [profile.id for profile in profiles if profile.id in OWN_COLUMN or not profile.checks]
    others = [profile.id for profile in profiles if profile.id not in columns and signs[profile.id] == "yes"]
    lacking = lacks(document, profiles, lists) if found else ""
    return [document.source, *(signs[column] for column in columns), lacking, ", ".join(others), shortened(remark)]


def lacks(document: Document, profiles: Sequence[Profile], lists: ListedConcepts) -> str:
    """Return the elements of `eu` with a violation and, in brackets, those with a warning."""
    (verdict,) = verdicts(document, [profile for profile in profiles if profile.id == "eu"], lists)
    hard = {f.element for f in verdict.findings if f.status == "violated" and f.severity == "violation"}
    soft = {f.element for f in verdict.findings if f.status in ("violated", "unknown") and f.severity == "warning"}
    return " ".join([*sorted(hard, key=rank), *(f"({element})" for element in sorted(soft - hard, key=rank))])


def rank(element: str) -> tuple[str, int]:
    """Put M2 before M10."""
    return element[0], int(element[1:]) if element[1:].isdigit() else 0


def shortened(text: str) -> str:
    """Return text that fits a cell."""
    return " ".join(text.replace("|", "/").split())[:90]


def groups(texts: Iterable[str]) -> Iterator[Profile]:
    """Yield a profile for each comma-separated group of files."""
    for text in texts:
        yield load_shapes([Path(part) for part in text.split(",")]).profile


def page(folders: Sequence[Path], shapes: Sequence[str]) -> str:
    """Return the page."""
    profiles = [load_profile(SHAPES, name, DAY) for name in definition_names(SHAPES)]
    profiles = sorted(profiles, key=lambda one: (one.id not in OWN_COLUMN, one.id)) + list(groups(shapes))
    columns = [profile.id for profile in profiles if profile.id in OWN_COLUMN or not profile.checks]
    lists = ListedConcepts(ONTOLOGY / "concepts")
    rows = [row(document, profiles, lists) for document in documents(folders)]
    header = ["document", *columns, "lacking (eu)", "also yes", "remark"]
    return f"{LEGEND}\n{table(header, rows)}\n"


def main() -> None:
    """Write the page to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--shapes", action="append", default=[], metavar="FILE,FILE…")
    options = parser.parse_args()
    print(page(options.folder, options.shapes), end="")


if __name__ == "__main__":
    main()
