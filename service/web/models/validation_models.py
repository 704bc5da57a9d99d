"""The JSON that checks answer with, as OpenAPI shows it; `service.validation` writes the answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .models import AnswerModel

Words = Annotated[
    dict[str, str],
    Field(examples=[{"en": "Title: in order.", "fi": "Nimi: kunnossa.", "sv": "Benämning: i sin ordning."}]),
]
WORDS = ("message", "fix", "title", "says")
"""The keys of what is a text by language."""
Outcome = Literal["conforms", "fails", "nothing-checked"]


class FindingModel(AnswerModel):
    """What one node has to say about one element."""

    id: str = Field(description="The element of the definition.", examples=["M11"])
    node: str = Field(examples=["http://example.org/course"])
    status: Literal["met", "violated", "unknown", "not-asked", "not-applicable"] = Field(
        description="`not-asked`: the rule speaks of another unit, or of something that is not stated."
    )
    severity: Literal["violation", "warning", "info"] = Field(description="Of the rule, whatever the status.")
    value: str | None = Field(description="What was seen, cut at 200 characters.")
    message: Words = Field(description="What is the case.")
    source: str = Field(description="The paragraph the rule rests on.")
    fix: Words = Field(description="What to do; empty when there is nothing to do.")
    shape: str = Field(description="The SHACL shape.")
    path: str | None = Field(None, description="What the shape looks at; only for shapes of others.")
    component: str | None = Field(None, description="The constraint component; only for shapes of others.")
    severity_iri: str | None = Field(None, description="A severity that SHACL does not define.")
    line: int | None = Field(None, description="Of a table: the row, as a spreadsheet counts it.")


class CauseModel(AnswerModel):
    """One thing that was found in a table, however often."""

    kind: Literal["error", "refused", "listed", "warning", "warned", "info"] = Field(
        description="`error`, `warning` and `info`: of reading; `refused` and `warned`: of records."
    )
    about: str = Field(description="The column or the element.", examples=["M11"])
    message: str
    count: int
    first: str = Field(examples=["courses.csv:2"])
    distinct_values: int
    values: dict[str, int] = Field(description="What the table has there, with how often; the most frequent.")


class VerdictModel(AnswerModel):
    """What one profile says. `nothing-checked` is no yes: nothing there is of a kind the profile speaks of."""

    profile: str = Field(examples=["eu"])
    outcome: Outcome
    focus_nodes: int = Field(description="How many things were held against the profile.")
    elements: list[FindingModel]
    records: dict[str, int] | None = Field(None, description="Of a table: how many rows by what loading would decide.")
    summary: list[CauseModel] | None = Field(None, description="Of a table: what is wrong by cause, the worst first.")
    holds: list[str] | None = Field(None, description="Where nothing was checked: classes of what is there instead.")


class IssueModel(AnswerModel):
    """Something that reading brought up; `line` is 0 when it is not known."""

    severity: Literal["error", "warning", "info"]
    line: int
    field: str
    message: str


class ErrorModel(AnswerModel):
    """Why a document could not be checked."""

    line: int | None
    message: str


class FourVerdictsModel(AnswerModel):
    """Four separate verdicts on an issued credential; proof and status are not looked at."""

    syntax: Literal["read", "read-in-part"]
    shape: dict[str, Outcome]
    proof: Literal["not_checked"]
    status: Literal["not_checked"]


class DocumentModel(AnswerModel):
    """One document and a verdict for each profile."""

    source: str
    verdicts: list[VerdictModel]
    issues: list[IssueModel]
    error: ErrorModel | None
    left_out: int | None = Field(None, description="How many statements were left out; absent when none was.")
    credential: FourVerdictsModel | None = Field(None, description="There only for issued credentials.")


class ValidationModel(AnswerModel):
    """The answer to a check."""

    documents: list[DocumentModel]


class ChangeModel(AnswerModel):
    """Something to do before a profile says yes."""

    id: str
    node: str
    value: str | None
    message: Words
    fix: Words
    source: str


class RecognitionModel(AnswerModel):
    """One row of the matrix. `not-asked`: the profile speaks of nothing that is there.

    `undecided`: a rule of the profile could not be asked or left a question, or the profile only advises.
    """

    profile: str
    title: Words
    answer: Literal["yes", "no", "undecided", "not-asked"]
    says: Words = Field(description="What a yes means: a catalogue entry describes one, an issued credential is one.")
    changes: list[ChangeModel] = Field(description="The shortest list of changes that makes the answer a yes.")
    open: list[ChangeModel] = Field(description="What could not be asked, or is a question for people.")
    unknown: list[str] = Field(description="Elements of which nothing is known.")


class RecognisedModel(AnswerModel):
    """One document and a row for each profile."""

    source: str
    recognition: list[RecognitionModel]
    issues: list[IssueModel]
    error: ErrorModel | None


class RecognitionsModel(AnswerModel):
    """The recognition matrix."""

    documents: list[RecognisedModel]


class ProfileModel(AnswerModel):
    """A definition that documents can be held against."""

    id: str = Field(examples=["eu"])
    title: Words
    links: dict[str, str] = Field(description="`self`: its SHACL shapes, where they are ours.")


class ProfilesModel(AnswerModel):
    """Every profile."""

    items: list[ProfileModel]
