"""The JSON that stacking takes and answers with, as OpenAPI shows it; `service.stacking` writes the answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from ...rdf.namespaces import ESCO_SKILLS
from ...stacking.problem.answer import Kind, Outcome, Reason, Status
from ...stacking.problem.problem import MAX_HELD
from ...stacking.question.from_json import MAX_ALTERNATIVES, MAX_SECONDS, MAX_SKILLS
from ..models.models import AnswerModel

_SKILL = ESCO_SKILLS + "2522a6ce-3202-4ac8-9f5b-b9cb5a3a83a1"
_CREDENTIAL = "http://localhost:8000/id/credential/programming-basics"
_NEED = "http://localhost:8000/id/programme/koivula-bsc-computing-programming#requirement-1"
_RULE = Annotated[str, Field(description="A rule of docs/stacking.md, or `limit:` and its name.", examples=["S5"])]
_COUNT = Annotated[int, Field(ge=0)]
_CREDITS = Annotated[float, Field(ge=0, examples=[5])]
_IRI = Annotated[str, Field(json_schema_extra={"format": "iri"})]
_LEVEL = Annotated[int, Field(ge=1, le=8, description="EQF level.")]


class Asked(BaseModel):
    """Every question is closed: an unknown key is refused."""

    model_config = ConfigDict(extra="forbid")


class SkillsTargetModel(Asked):
    """Skills to reach, all of them."""

    skills: list[_IRI] = Field(min_length=1, max_length=MAX_SKILLS, examples=[[_SKILL]])


class NamedTargetModel(Asked):
    """One thing to reach."""

    iri: _IRI
    optional: bool = Field(False, description="Of an occupation: plan for the optional skills too, at a tenth.")


class FactsModel(Asked):
    """A held credential in its holder's words; what is left out is unknown, or what the catalogue says of `iri`."""

    iri: _IRI = Field(default_factory=str, description="Its name; the catalogue may know it.")
    title: str = Field(default_factory=str)
    ects: _CREDITS = Field(default_factory=float)
    level: _LEVEL | None = None
    skills: list[_IRI] = Field(default_factory=list)
    providers: list[_IRI] = Field(default_factory=list)
    fields: list[_IRI] = Field(default_factory=list, description="ISCED-F fields.")
    languages: list[_IRI] = Field(default_factory=list)
    awarded: date | None = None
    expires: date | None = None
    grade: float | None = Field(None, ge=0)
    verified: bool | None = Field(None, description="Null: nobody knows.")
    rpl: bool | None = Field(None, description="It came from recognition of prior learning.")
    revoked: bool | None = None
    same_as: _IRI = Field(default_factory=str, description="Another name of the same award.")


class HeldDocumentModel(Asked):
    """A credential as it was issued."""

    document: dict[str, Any] = Field(
        description="A European Digital Credential (its envelope too), an Open Badge 2.0 or 3.0, a learner record. "
        "Used for the answer, never stored or logged."
    )


class ResidencyModel(Asked):
    """ECTS that must be earned at the awarding body (S9)."""

    ects: _CREDITS
    provider: _IRI = Field(default_factory=str, description="Needed when the target names no awarding body.")


class LimitsModel(Asked):
    """Conditions of the learner and of the receiving body; what is left out or null does not limit."""

    max_ects: _CREDITS | None = None
    max_cost: float | None = Field(None, ge=0, description="Euros.")
    max_credentials: _COUNT | None = None
    max_terms: _COUNT | None = Field(None, description="Half-years.")
    ects_per_term: _CREDITS | None = None
    deadline: date | None = None
    languages: list[str] | None = Field(None, description="Codes or IRIs.", examples=[["fi", "en"]])
    modes: list[str] | None = Field(None, description="Codes or IRIs.", examples=[["online"]])
    levels: list[_LEVEL] | None = None
    providers: list[_IRI] | None = None
    refused_providers: list[_IRI] | None = None
    avoid: list[_IRI] | None = Field(None, description="Micro-credentials that must not be in the plan.")
    pin: list[_IRI] | None = Field(None, description="Micro-credentials that must be in the plan.")
    max_rpl: _CREDITS | None = Field(None, description="Most ECTS of prior learning (S8).")
    max_age: _COUNT | None = Field(None, description="Years for which what is held counts (S2).")
    require_verified: bool | None = None
    residency: ResidencyModel | None = None


class QuestionModel(Asked):
    """A question of stacking."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "target": {"skills": [_SKILL]},
                    "held": [{"title": "Statistics", "ects": 5, "awarded": "2024-05-31"}],
                    "limits": {"max_ects": 30, "languages": ["fi", "en"]},
                    "alternatives": 2,
                }
            ]
        }
    )

    target: _IRI | SkillsTargetModel | NamedTargetModel = Field(
        description="IRI of a programme, module, occupation, skill or micro-credential; or an object."
    )
    held: list[_IRI | FactsModel | HeldDocumentModel] | None = Field(
        None,
        max_length=MAX_HELD,
        description="IRIs of the catalogue, facts, or documents. Used for the answer, never stored or logged.",
    )
    limits: LimitsModel | None = None
    alternatives: int = Field(0, ge=0, le=MAX_ALTERNATIVES, description="How many other ways.")
    rejected: bool | None = Field(None, description="Name each refused candidate with the rule.")
    replacement: float | None = Field(
        0.7, gt=0, le=1, description="Share of the outcomes of a named credential that a held one must cover (S3)."
    )
    narrower: bool | None = Field(None, description="A narrower skill covers a broader one; true unless said.")
    overlap: float | None = Field(
        None, gt=0, le=1, description="From this share of common outcomes on, one of two is credited (S7); null: all."
    )
    listed: bool = Field(False, description="The plan may use what is listed with gaps, too, and marks it.")
    seconds: float = Field(
        MAX_SECONDS, ge=0, description=f"Time for the plan, {MAX_SECONDS:g} at most; 0: the first plan."
    )


class WitnessModel(AnswerModel):
    """A credential counted at a requirement."""

    credential: str = Field(examples=[_CREDENTIAL], description="`urn:held:n` names the n-th of what is held.")
    amount: float
    source: Literal["held", "plan"]
    rule: _RULE = Field(description="S3: it stands in for the one named.")
    doubtful: bool = Field(description="Nobody can tell yet whether it counts.")


class ProofModel(AnswerModel):
    """One node of the requirement. A node has parts, a leaf has witnesses."""

    requirement: str = Field(examples=[_NEED])
    kind: Kind
    status: Status
    chosen: bool = Field(description="False: a part that is not counted on.")
    minimum: float
    amount: float
    label: dict[str, str] = Field(default_factory=dict, description="Only when the requirement has one.")
    skill: str = Field(default_factory=str, description="Only of a skill.")
    text: str = Field(default_factory=str, description="Only of what a person decides.")
    parts: list[ProofModel] = Field(default_factory=list)
    witnesses: list[WitnessModel] = Field(default_factory=list)


class StepModel(AnswerModel):
    """A micro-credential to earn, or a course that is listed with gaps."""

    credential: str = Field(examples=[_CREDENTIAL])
    listed: bool = Field(description="It is listed with gaps: no micro-credential by the definition.")
    ects: _CREDITS
    cost: float | None = Field(description="Euros; null when the source is silent.")
    term: int = Field(ge=1, examples=[1])
    reasons: list[str] = Field(description="Requirements it counts for, and credentials it opens.")
    uses: list[str] = Field(description="What of the plan its prerequisite counts.")
    conditions: list[str] = Field(description="What a person decides before.")


class PlanModel(AnswerModel):
    """Steps in order, their sums, and the proof that they lead where they should."""

    total_ects: _CREDITS
    total_cost: float | None = Field(description="Euros: what is known of the price; null when nothing is.")
    cost_unknown: list[str] = Field(description="Micro-credentials without a price.")
    terms: _COUNT
    plan: list[StepModel]
    proof: ProofModel


class AlternativeModel(PlanModel):
    """Another plan that leaves as little open."""

    instead_of: list[str] = Field(description="What of the first plan it lacks.")
    takes: list[str] = Field(description="What it has that the first plan lacks.")
    more_ects: float
    more_cost: float | None = Field(description="Euros; null when nothing is known of one of the two prices.")


class GapModel(AnswerModel):
    """A requirement that stays open."""

    requirement: str = Field(examples=[_NEED])
    missing: float
    reason: Reason = Field(description="`time-ended`: whether it can be closed was not found out.")
    rule: _RULE
    limits: list[str] = Field(description="Limits that stand in the way.")
    skill: str = Field(default_factory=str, description="Only of a skill.")
    text: str = Field(default_factory=str, description="Only of what a person decides.")


class RefusalModel(AnswerModel):
    """A credential that is not used, or not offered to the plan, and why."""

    credential: str
    rule: _RULE
    reason: str = Field(examples=["what is asked is met without it"])


class OptionalModel(AnswerModel):
    """The optional skills of an occupation."""

    covered: list[str]
    open: list[str]


class AdmissionModel(AnswerModel):
    """Whether completing a programme or module waives admission to it (S13)."""

    waived: bool
    rule: _RULE
    reason: str


class NearModel(AnswerModel):
    """A course whose words come near a skill."""

    id: str = Field(examples=[_CREDENTIAL])
    label: dict[str, str]
    listed: bool = Field(description="It is listed with gaps: no micro-credential by the definition.")


class StackingModel(PlanModel):
    """A recognition proposal with reasons, never an entitlement; an independent verifier has confirmed it."""

    status: Outcome = Field(
        description="`optimal`: reached and proved; `feasible`: reached, not proved in time; `partial`: the most that "
        "can be reached, or was found in time; `infeasible`: the limits leave no step that leads nearer."
    )
    proved: bool = Field(description="No plan is better by any objective; false: time ended first.")
    lower_bound: _CREDITS = Field(description="No plan that leaves as little open needs fewer new ECTS.")
    gap: float = Field(ge=0, le=1, description="How far the plan may be above the bound, as a share.")
    gaps: list[GapModel]
    unused: list[RefusalModel] = Field(description="Held credentials that nothing counts.")
    alternatives: list[AlternativeModel]
    relax: list[str] = Field(description="Limits that, lifted together and no fewer, reach all that can be reached.")
    nobody_offers: list[str] = Field(description="Skills or requirements that no provider here states to serve.")
    near: dict[str, list[NearModel]] = Field(
        description="Of such skills the courses in whose words their names are found: a hint, no claim."
    )
    decided_by: list[str] = Field(description="Who decides on recognition.")
    decision: Literal["proposed"]
    notice: str
    admission: AdmissionModel | None = Field(description="Of a programme or module; null for other targets.")
    optional: OptionalModel = Field(default_factory=lambda: OptionalModel(covered=[], open=[]))
    rejected: list[RefusalModel] = Field(default_factory=list, description="Only when asked for.")


def question_schema() -> dict[str, Any]:
    """Return the schema of a question, with the schemas that it refers to in `$defs`."""
    references, found = models_json_schema([(QuestionModel, "validation")], ref_template="#/components/schemas/{model}")
    return {**references[QuestionModel, "validation"], "$defs": found["$defs"]}
