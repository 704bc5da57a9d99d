"""The JSON that writes answer with, and how the API's description speaks of bodies."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from ...rdf.media_types import CSV, FORM, JSON_LD, SPARQL_UPDATE, TURTLE
from ...validation.documents import MEDIA_TYPES
from .record_schema import DOCUMENT_SCHEMA
from .validation_models import DocumentModel, IssueModel

_PREFIXES = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix elm: <http://data.europa.eu/snb/model/elm/> .
@prefix rov: <http://www.w3.org/ns/regorg#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_RECORD = """
<> a elm:Qualification ;
    dcterms:title "Data security"@en ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ENG> ;
    elm:awardingOpportunity <#awarding> ;
    elm:creditPoint <#credit> ;
    elm:volumeOfLearning "PT135H"^^xsd:duration ;
    elm:EQFLevel <http://data.europa.eu/snb/eqf/6> ;
    elm:mode <http://data.europa.eu/snb/learning-assessment/920fbb3cbe> ;
    elm:provenBy <#assessment> ;
    elm:accreditation <#quality> ;
    elm:learningOutcome <#outcome> .
<#awarding> a elm:AwardingOpportunity ;
    elm:awardingBody <https://university.example/> ;
    elm:learningAchievementSpecification <> .
<#credit> a elm:CreditPoint ;
    elm:framework <http://data.europa.eu/snb/education-credit/6fcec5c5af> ;
    elm:point "5" .
<#assessment> a elm:LearningAssessmentSpecification ;
    dcterms:title "Examination"@en ;
    dcterms:type <http://data.europa.eu/snb/assessment/19a2e5e671> .
<#quality> a elm:Accreditation ;
    dcterms:title "Evaluation of the institution"@en ;
    dcterms:type <http://data.europa.eu/snb/accreditation/003293d2ce> ;
    elm:accreditingAgent <https://university.example/> .
<#outcome> a elm:LearningOutcome ;
    dcterms:title "protects data"@en .
<https://university.example/> a elm:Organisation ;
    rov:legalName "Example University"@en ;
    elm:location <https://university.example/#location> .
<https://university.example/#location> a dcterms:Location ;
    elm:address <https://university.example/#address> .
<https://university.example/#address> a elm:Address ;
    elm:countryCode <http://publications.europa.eu/resource/authority/country/FIN> .
"""
TURTLE_EXAMPLES = {
    "credential": _PREFIXES + _RECORD,
    "graph": f"{_PREFIXES}@base <http://localhost:8000/id/credential/data-security> .\n{_RECORD}",
}
"""Records that the gate accepts, as the body of a write of each kind."""
_TABLE_EXAMPLE = """id,title@en,provider,provider_name@en,country,language,ects,workload_hours,eqf_level,mode,\
assessment,quality_assurance,accreditor,learning_outcomes@en
data-security,Data security,university,Example University,FI,en,5,135,6,online,written-examination,\
institutional-quality-assurance,Example Agency,protects data
"""
PROGRAMME_EXAMPLE = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix elm: <http://data.europa.eu/snb/model/elm/> .
@prefix mc: <https://w3id.org/pinoamo/ns#> .

<> a elm:Qualification, mc:DegreeProgramme ;
    dcterms:title "Bachelor of Science in Computing"@en ;
    mc:requirement <#credits> .
<#credits> a mc:CreditRequirement ; mc:minimum 180 ; mc:filter <#all> .
<#all> a mc:Filter ; mc:field <http://data.europa.eu/snb/isced-f/0613> .
"""
PROVIDER_EXAMPLE = """@prefix elm: <http://data.europa.eu/snb/model/elm/> .
@prefix rov: <http://www.w3.org/ns/regorg#> .

<> a elm:Organisation ; rov:legalName "Koivula University"@en .
"""

WRITE_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": text}
    for code, text in {
        400: "The request breaks the protocol, or the body is packed badly",
        401: "No key was sent, or one that is unknown or revoked",
        403: "Nothing can be written here, or the key does not open this",
        404: "Not found",
        410: "It was here, and was removed",
        412: "It is not as If-Match or If-None-Match says",
        413: "The body is too large",
        415: "The media type of the body is not read here",
        422: "The body cannot be read, says more than it may, or is refused by the gate: `documents` says why",
        503: "Too many writes wait, or another process writes: try again after Retry-After",
    }.items()
}
"""The refusals that writing operations document; each is a problem document."""


class ReleaseStateModel(BaseModel):
    """The release that holds a write, or will."""

    number: int = Field(description="Number of the release.", examples=[8])
    published: bool = Field(description="Whether it serves already.")
    missing: str | None = Field(None, description="What it lacks before it serves: a 202 says so.")
    held: bool = Field(False, description="Whether it is made only when an operator publishes, after a roll-back.")


class PointerModel(BaseModel):
    """A statement that names a thing."""

    thing: str = Field(description="IRI of what it is about.")
    property: str
    graph: str = Field(description="IRI of the graph that holds it.")


class DanglingModel(BaseModel):
    """A thing that nothing describes any more, and what still points at it."""

    removed: str = Field(description="IRI of what is gone.")
    kind: str = Field(examples=["organisation"])
    count: int = Field(description="Statements that point at it.")
    pointed_at_by: list[PointerModel] = Field(description="The first twenty of them.")


class WrittenModel(BaseModel):
    """What became of a write."""

    id: str = Field(description="IRI of what was written.")
    status: str = Field(description="created, replaced, unchanged or removed.", examples=["created"])
    decision: str | None = Field(None, description="accepted, or warned: then `documents` says what about.")
    documents: list[DocumentModel] = Field([], description="What the gate found, as checking a document tells it.")
    dangling: list[DanglingModel] = Field([], description="What still points at things that this removed.")
    release: ReleaseStateModel


class GraphChangeModel(BaseModel):
    """What changed in one graph."""

    graph: str = Field(description="IRI of the graph.")
    removed: int = Field(description="Statements that are no longer there.")
    added: int = Field(description="Statements that are new.")


class GraphsWrittenModel(BaseModel):
    """What became of a write to graphs."""

    status: str = Field(description="done or unchanged.", examples=["done"])
    graphs: list[GraphChangeModel]
    records: int = Field(description="Records that were touched and held against the definition.")
    issues: list[IssueModel] = Field(
        default=[], description="What was noticed while the body was read, such as statements that were left out."
    )
    dangling: list[DanglingModel] = Field([], description="What still points at things that this removed.")
    release: ReleaseStateModel


_GRAPHS = {"type": "array", "items": {"type": "string", "format": "iri"}}
_UPDATE_EXAMPLE = """PREFIX dcterms: <http://purl.org/dc/terms/>
WITH <http://localhost:8000/graph/api>
DELETE { ?credential dcterms:title ?old }
INSERT { ?credential dcterms:title "Data security"@en }
WHERE { ?credential dcterms:title ?old FILTER(STR(?old) = "Data securiti") }
"""
UPDATE_PROBLEMS: dict[int | str, dict[str, Any]] = {
    **{code: answer for code, answer in WRITE_PROBLEMS.items() if code not in (404, 410, 412)},
    400: {"description": "The update is malformed, or holds LOAD or SERVICE"},
    504: {"description": "The update met its time limit"},
}
UPDATE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            SPARQL_UPDATE: {"schema": {"type": "string"}, "example": _UPDATE_EXAMPLE},
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["update"],
                    "properties": {
                        "update": {"type": "string"},
                        "using-graph-uri": _GRAPHS,
                        "using-named-graph-uri": _GRAPHS,
                    },
                }
            },
        },
    },
    "parameters": [
        {"name": name, "in": "query", "description": text, "schema": _GRAPHS}
        for name, text in {
            "using-graph-uri": "Graphs whose union the patterns match; not together with USING or WITH.",
            "using-named-graph-uri": "Graphs that GRAPH may match; not together with USING or WITH.",
        }.items()
    ],
}
"""What the description says of `POST /sparql/update`."""


class ImportModel(BaseModel):
    """An import and how far it is."""

    id: str = Field(examples=["0123456789abcdef"])
    state: str = Field(
        description="waiting, reading, checking, storing, finished, failed, cancelled or interrupted.",
        examples=["finished"],
    )
    format: str
    source: str = Field(description="Name of the source that the file becomes.")
    graph: str | None = Field(None, description="IRI of its graph, once something was read.")
    created: str
    ended: str | None = None
    done: int = Field(description="Bytes of statements while reading, records from checking on.")
    records: dict[str, int] = Field(description="Records by what the gate decided.", examples=[{"accepted": 40}])
    changes: dict[str, Any] | None = Field(
        None,
        description="Things that were added, changed and removed, in all and by kind, and how many that are gone are "
        "still pointed at; the report names these.",
        examples=[{"added": 2, "changed": 1, "unchanged": 37, "removed": 1, "kinds": {}, "dangling": 0}],
    )
    stored: bool = Field(description="Whether the source holds now what passed.")
    message: str | None = Field(None, description="Why it came to nothing.")
    release: ReleaseStateModel | None = Field(None, description="Once it is stored.")
    links: dict[str, str]


class ImportsModel(BaseModel):
    """Imports, newest first."""

    items: list[ImportModel]


IMPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            CSV: {"schema": {"type": "string"}, "example": _TABLE_EXAMPLE},
            **{
                name: {"schema": {"type": "string", "format": "binary"}}
                for name in (TURTLE, JSON_LD, "application/zip")
            },
        },
    },
}
"""What the description says of the body of an import; docs/writing.md lists all media types."""


def body_of(example: str, turtle: str = "") -> dict[str, Any]:
    """Return what the description says of an operation with an RDF body, of which `turtle` is one."""
    schema = {"type": "string", "description": f"The {example} in one of the RDF formats."}
    content = {name: {"schema": DOCUMENT_SCHEMA if name.endswith("json") else schema} for name in MEDIA_TYPES}
    content[TURTLE] = {"schema": schema, "example": turtle or TURTLE_EXAMPLES[example]}  # type: ignore[dict-item]
    return {"requestBody": {"required": True, "content": content}}
