"""Answers a question of stacking from a release: plans, has the independent verifier check, and only then answers.

What is held is used and forgotten: nothing of a question is stored or logged.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from ..catalogue.codes import load_codes
from ..errors import InvalidArgument, json_fault
from ..rdf.media_types import JSON, JSON_LD
from ..settings import Settings
from ..validation.documents import read_document, read_documents, read_sent
from .answers.audit import audit, audit_problem, find_path
from .answers.to_json import answer_to_json
from .matrix.matrix import Matrix
from .problem.answer import Answer
from .question.facts import facts_from_triples
from .question.from_json import Question, document_facts, question_from_json
from .verifier.verify import faults

_DOCUMENT = frozenset(("@context", "type", "@type", "@graph", "credential", "payload"))
"""Keys that tell a document, or the envelope of one, from facts."""


class ProofRefused(Exception):
    """An answer that the verifier does not confirm: a fault of ours, so no answer is given."""


class Answered(NamedTuple):
    """A question with its answer, confirmed, and the JSON of it."""

    question: Question
    answer: Answer
    body: dict[str, Any]


def read_question(text: bytes) -> object:
    """Return the JSON of a question, numbers exact.

    Raises:
        InvalidArgument: it is not JSON.
    """
    try:
        found: object = json.loads(text, parse_float=Decimal)
        # An escape may stand for half a character: no text that can be sent back or looked up.
        json.dumps(found, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument("the body must be JSON: a text in it holds half of a surrogate pair") from error
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(f"the body must be JSON: {json_fault(error)}") from error
    return found


def ask(
    body: object,
    matrix: Matrix,
    settings: Settings,
    today: date,
    *,
    only_held: bool = False,
    verify: Callable[..., tuple[str, ...]] = faults,
) -> Answered:
    """Return the confirmed answer to a question; `only_held`: an audit, nothing new is planned.

    Raises:
        InvalidArgument: a value is not what it must be.
        NotFound: the target is not known.
        TooLarge: too much is held.
        ProofRefused: the verifier finds a fault in the answer.
    """
    started = time.monotonic()
    question = question_from_json(body, matrix, today, load_codes().iri, lambda some: _achievements(some, settings))
    # Reading what is held is part of what the question may take.
    left = max(0.0, question.problem.seconds - (time.monotonic() - started))
    question = replace(question, problem=replace(question.problem, seconds=left))
    answer = (audit if only_held else find_path)(question.problem)
    found = verify(audit_problem(question.problem) if only_held else question.problem, answer)
    if found:
        raise ProofRefused(found[0])
    return Answered(question, answer, answer_to_json(question, answer))


def held_from_file(path: Path, settings: Settings) -> list[object]:
    """Return the entries of `held` that a file stands for: a badge, facts in JSON, or RDF that describes achievements.

    Raises:
        InvalidArgument: there is no such file, or no credential is in it.
    """
    if not path.is_file():
        raise InvalidArgument(f"{path} is neither an IRI nor a file")
    if path.suffix in (".json", ".jsonld"):
        document = read_question(path.read_bytes())
        if isinstance(document, list):
            return document
        if isinstance(document, Mapping) and not _DOCUMENT & document.keys():
            return [document]
        return [{"document": document}]
    found: list[object] = []
    for document in read_documents([path], settings):
        if document.error is not None:
            raise InvalidArgument(f"{path.name} cannot be read: {document.error.message}")
        found.extend(facts_from_triples(document.triples))
    if not found:
        raise InvalidArgument(f"{path.name} is not a credential: no achievement is described in it")
    return found


def facts_from_upload(data: bytes, media_type: str, settings: Settings) -> list[dict[str, Any]]:
    """Return the facts of every achievement in a document that somebody sent.

    Raises:
        InvalidArgument: it cannot be read, or is not a credential.
    """
    if media_type in (JSON, JSON_LD):
        return document_facts([read_question(data)], lambda some: _achievements(some, settings))[0]
    read = read_document(data, media_type, settings)
    if read.error is not None:
        raise InvalidArgument(f"held: the document is not a credential: {read.error.message}")
    return document_facts([{}], lambda _: [facts_from_triples(read.triples)])[0]


def _achievements(documents: Sequence[Mapping[str, Any]], settings: Settings) -> Sequence[list[dict[str, Any]]]:
    found = []
    for read in read_sent([json.dumps(document, default=float).encode() for document in documents], JSON_LD, settings):
        if read.error is not None:
            raise InvalidArgument(f"held: the document is not a credential: {read.error.message}")
        found.append(facts_from_triples(read.triples))
    return found
