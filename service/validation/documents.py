"""Checks documents against profiles: a loader process reads them, the engines judge, nothing is stored."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..errors import InvalidArgument, LoadFailed, NoSpace, TooLarge, UnsupportedMedia
from ..processes.loader import run_loader
from ..processes.scratch import scratch
from ..rdf.media_types import CREDENTIAL, JSON, JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE
from ..rdf.namespaces import ELM
from ..rdf.statements import Triple
from ..rdf.syntax import triples_from_text
from ..rdf.terms import RDF_TYPE, Term
from ..settings import Settings
from .blocks import read_blocks
from .brought_shapes.others import judge_by_others, results_of_others
from .context import KnownContext, surroundings
from .elm_names import in_elm_3_2
from .engines.engine import EngineName, validate
from .findings import Verdict, judge
from .presumed import presumed
from .profiles import Profile
from .results import Result

MOST_NODES = 1000
"""Micro-credentials and credentials that one document may hold; a larger catalogue is for `load --dry-run`."""

CONFIRMED_STATEMENTS = 2000
"""Statements of a document, about sixteen entries, up to which pySHACL judges it too, and is right."""

_SECONDS = 120.0
SUFFIXES: Mapping[str, str] = {
    TURTLE: "ttl",
    JSON_LD: "jsonld",
    JSON: "json",
    CREDENTIAL: "jsonld",
    N_TRIPLES: "nt",
    N_QUADS: "nq",
    TRIG: "trig",
    RDF_XML: "rdf",
}
"""What the file of a document ends in, by its media type."""
MEDIA_TYPES = tuple(SUFFIXES)

_CREDENTIAL = Term("iri", ELM + "EuropeanDigitalCredential")
_SPECIFICATIONS = (Term("iri", ELM + "Qualification"), Term("iri", ELM + "LearningAchievementSpecification"))


class Issue(NamedTuple):
    """Something that reading a document brought up; `line` is 0 when it is not known.

    `left_out` when it cost the document a statement.
    """

    severity: Literal["error", "warning", "info"]
    line: int
    field: str
    message: str
    left_out: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the issue as it stands in JSON answers."""
        return {"severity": self.severity, "line": self.line, "field": self.field, "message": self.message}


@dataclass(frozen=True, slots=True)
class Document:
    """What was read: the statements, none when it could not be read, and what reading brought up.

    `triples` are in the names of ELM 3.2, which the profiles here speak of; `stated` are the statements of a document
    that has others.
    """

    source: str
    triples: tuple[Triple, ...]
    issues: tuple[Issue, ...]
    stated: tuple[Triple, ...] = ()

    @property
    def as_it_is(self) -> tuple[Triple, ...]:
        """The statements in the names that the document itself uses."""
        return self.stated or self.triples

    @property
    def left_out(self) -> int:
        """How many statements were left out, since no parser would take them."""
        return sum(issue.left_out for issue in self.issues)

    @property
    def error(self) -> Issue | None:
        """The first error of reading, if any."""
        return next((issue for issue in self.issues if issue.severity == "error"), None)


def read_documents(paths: Sequence[Path], settings: Settings) -> Iterator[Document]:
    """Read files, folders and archives in a child process with limits; a document that cannot be read says why.

    Raises:
        InvalidArgument: there is no such file, or it is of no kind that is read.
    """
    try:
        yield from _read_at_once(paths, settings)
        return
    except LoadFailed as error:
        if len(paths) == 1:
            yield Document(paths[0].name, (), (Issue("error", 0, "", str(error)),))
            return
    # One of them brought the process down: each gets its own.
    for path in paths:
        yield from read_documents([path], settings)


def read_document(data: bytes, media_type: str, settings: Settings) -> Document:
    """Read one document that somebody sent.

    Raises:
        UnsupportedMedia: the media type is none of `MEDIA_TYPES`.
        TooLarge: it is larger than the settings allow.
    """
    return read_sent([data], media_type, settings)[0]


def read_sent(documents: Sequence[bytes], media_type: str, settings: Settings) -> Sequence[Document]:
    """Read documents that somebody sent, all in one child process; one that brings it down leaves all unread.

    Raises:
        UnsupportedMedia: the media type is none of `MEDIA_TYPES`.
        TooLarge: together they are larger than the settings allow.
    """
    if media_type not in SUFFIXES:
        raise UnsupportedMedia(f"a document is one of {', '.join(MEDIA_TYPES)}, got {media_type[:100]!r}")
    if sum(map(len, documents)) > settings.upload_mb * 1024 * 1024:
        raise TooLarge(f"a document may have {settings.upload_mb} MiB at most")
    with scratch() as folder:
        paths = [folder / f"document{number or ''}.{SUFFIXES[media_type]}" for number in range(len(documents))]
        for path, data in zip(paths, documents, strict=True):
            path.write_bytes(data)
        failure = "there are no statements in it"
        found: dict[str, Document] = {}
        try:
            for document in _read_at_once(paths, settings):
                found.setdefault(document.source, document)
        except LoadFailed as error:
            failure = str(error)
        unread = {path.name: Document(path.name, (), (Issue("error", 0, "", failure),)) for path in paths}
        address = f"{settings.base_url}/document"
        return [_moved({**unread, **found}[path.name], path.absolute().as_uri(), address) for path in paths]


def _read_at_once(paths: Sequence[Path], settings: Settings) -> Iterator[Document]:
    with scratch() as folder:
        output, report = folder / "documents.nq", folder / "report.jsonl"
        limits = settings.model_copy(update={"loader_seconds": min(settings.loader_seconds, _SECONDS)})
        try:
            entries = run_loader(limits, "document", [*map(str, paths)], output, report, lambda stage, done: None)
        except LoadFailed as error:
            if os.strerror(errno.ENOSPC) in str(error):
                raise NoSpace("the loader cannot write what it reads: the disk is full") from error
            raise
        yield from _documents(output, entries)


def _moved(document: Document, address: str, new: str) -> Document:
    """Return a document as read at another address than that of the file that it was put into for reading."""

    def term(one: Term) -> Term:
        moved = one.kind == "iri" and one.value.startswith(address)
        return one._replace(value=new + one.value[len(address) :]) if moved else one

    def triples(found: tuple[Triple, ...]) -> tuple[Triple, ...]:
        return tuple(Triple(term(s), p, term(o)) for s, p, o in found)

    return replace(document, triples=triples(document.triples), stated=triples(document.stated))


def check_documents(
    documents: Iterable[Document],
    profiles: Sequence[Profile],
    context: KnownContext,
    *,
    engine: EngineName | None = None,
    most_nodes: int = MOST_NODES,
) -> Iterator[dict[str, Any]]:
    """Yield the JSON of each document: its source, what reading brought up, and a verdict for each profile.

    A document that cannot be read, or holds more than `most_nodes`, has the outcome `nothing-checked` everywhere and
    an `error`. `credential` is there when a credential is: four verdicts, of which proof and status are not looked at.
    """
    for document in documents:
        yield answer_of(document, hold(document, profiles, context, engine=engine, most_nodes=most_nodes))


def verdicts(
    document: Document, profiles: Sequence[Profile], context: KnownContext, engine: EngineName | None = None
) -> tuple[Verdict, ...]:
    """Return what each profile says of a document; without an engine named, see `engine_of`."""
    triples = (*document.triples, *presumed(document.triples))
    _, _, unresolved = surroundings(triples, context)
    shared: dict[int, tuple[Result, ...]] = {}

    def verdict(profile: Profile) -> Verdict:
        key = id(profile.graph)
        if key not in shared:
            shared[key] = _all_results(document, profile, context, engine or engine_of(document))
        if not profile.checks:
            return judge_by_others(profile, document.as_it_is, shared[key])
        return judge(profile, triples, [r for r in shared[key] if r.shape not in profile.foreign], unresolved)

    return tuple(verdict(profile) for profile in profiles)


def results_of(
    document: Document, profile: Profile, context: KnownContext, engine: EngineName | None = None
) -> tuple[Result, ...]:
    """Return what the shapes of a profile find wrong with a document: what its verdict rests on.

    Profiles of ours are told what is known of things that the document refers to, and no answer is wanted on those.
    """
    found = _all_results(document, profile, context, engine or engine_of(document))
    return tuple(result for result in found if result.shape not in profile.foreign)


def _all_results(
    document: Document, profile: Profile, context: KnownContext, engine: EngineName | None
) -> tuple[Result, ...]:
    """Return what all shapes find that the profile's graph holds."""
    if not profile.checks:
        return results_of_others(document.as_it_is, profile, engine)
    triples = (*document.triples, *presumed(document.triples))
    added, foreign, _ = surroundings(triples, context)
    return tuple(r for r in validate([*triples, *added], profile, engine) if r.focus.value not in foreign)


def engine_of(document: Document) -> EngineName | None:
    """Return by which engine a document is judged: both, so that pySHACL has the last word, unless it is large."""
    return "both" if len(document.triples) <= CONFIRMED_STATEMENTS else None


@dataclass(frozen=True, slots=True)
class Held:
    """What became of holding a document against profiles: a verdict for each, and why nothing was checked, if so."""

    verdicts: tuple[Verdict, ...]
    error: Issue | None


def hold(
    document: Document,
    profiles: Sequence[Profile],
    context: KnownContext,
    *,
    engine: EngineName | None = None,
    most_nodes: int = MOST_NODES,
) -> Held:
    """Hold a document against profiles; see `check_documents` for what cannot be."""
    nodes = _credentials(document) + sum(
        t.predicate == RDF_TYPE and t.object in _SPECIFICATIONS for t in document.triples
    )
    error = document.error
    if nodes > most_nodes:
        message = f"{nodes} credentials and entries in one document are too many to check at once: {most_nodes} at most"
        error = Issue("error", 0, "", message)
    elif document.triples:
        try:
            return Held(verdicts(document, profiles, context, engine), error)
        except InvalidArgument as problem:
            error = Issue("error", 0, "", str(problem))
    return Held(tuple(Verdict(profile.id, "nothing-checked", 0, ()) for profile in profiles), error)


def answer_of(document: Document, held: Held) -> dict[str, Any]:
    """Return the JSON of a document and what was held against it."""
    answer: dict[str, Any] = {"source": document.source, "verdicts": [verdict.to_json() for verdict in held.verdicts]}
    answer["issues"] = [issue.to_json() for issue in document.issues]
    if document.left_out:
        answer["left_out"] = document.left_out
    error = held.error
    answer["error"] = None if error is None else {"line": error.line or None, "message": error.message}
    if _credentials(document):
        answer["credential"] = {
            "syntax": "read" if document.error is None and not document.left_out else "read-in-part",
            "shape": {verdict.profile: verdict.outcome for verdict in held.verdicts},
            "proof": "not_checked",
            "status": "not_checked",
        }
    return answer


def _credentials(document: Document) -> int:
    return sum(t.predicate == RDF_TYPE and t.object == _CREDENTIAL for t in document.triples)


def conforms_to_all(answer: Mapping[str, Any], strict: bool = False) -> bool:
    """Tell whether a document, by its JSON, conforms to all that it was held against; nothing checked is a no.

    `strict` when one that was not read whole does not.
    """
    if strict and answer.get("left_out"):
        return False
    outcomes = {verdict["outcome"] for verdict in answer["verdicts"]}
    answers = {row["answer"] for row in answer.get("recognition", ())}
    # A profile that only advises decides nothing.
    answers -= {"undecided"} if "yes" in answers else set()
    return not answer["error"] and outcomes <= {"conforms"} and answers <= {"yes"} and bool(outcomes | answers)


def _documents(nquads: Path, entries: Iterable[Mapping[str, Any]]) -> Iterator[Document]:
    issues: dict[str, list[Issue]] = {}
    for entry in entries:
        if "severity" in entry:
            left_out = bool(entry.get("left_out"))
            line, field = int(entry["line"] or 0), entry["field"] or ""
            issue = Issue(entry["severity"], line, field, entry["message"], left_out)
            issues.setdefault(entry["source"], []).append(issue)
    for block in read_blocks(nquads):
        source = block.place.rpartition(":")[0]
        triples = tuple(triples_from_text(block.nquads, N_QUADS))
        found = issues.pop(source, [])
        if not triples and not any(issue.severity == "error" for issue in found):
            found = [*found, Issue("error", 0, "", "there are no statements in it")]
        today = in_elm_3_2(triples)
        yield Document(source, today, tuple(found), () if today is triples else triples)
    # Archives that could not be opened have no mark at all.
    for source, found in issues.items():
        yield Document(source, (), tuple(found))
