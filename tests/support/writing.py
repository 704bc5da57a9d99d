"""A micro-credential that the European definition lets in, as a platform would send it, and servers to send it to."""

from __future__ import annotations

PREFIXES = """@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix elm: <http://data.europa.eu/snb/model/elm/> .
@prefix rov: <http://www.w3.org/ns/regorg#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def turtle(
    title: str = "Data security", provider: str = "http://uni.example/", name: str = "Uni", more: str = ""
) -> str:
    """Return a record in Turtle whose IRI is left to the address it is sent to."""
    return f"""{PREFIXES}
<> a elm:Qualification ;
    dcterms:title "{title}"@en ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ENG> ;
    elm:awardingOpportunity <#awarding> ;
    elm:creditPoint <#credit> ;
    elm:volumeOfLearning "PT135H"^^xsd:duration ;
    elm:EQFLevel <http://data.europa.eu/snb/eqf/6> ;
    elm:mode <http://data.europa.eu/snb/learning-assessment/920fbb3cbe> ;
    elm:provenBy <#assessment> ;
    elm:accreditation <#quality> ;
    elm:learningOutcome <#outcome-1> .
<#awarding> a elm:AwardingOpportunity ; elm:awardingBody <{provider}> ; elm:learningAchievementSpecification <> .
<#credit> a elm:CreditPoint ; elm:framework <http://data.europa.eu/snb/education-credit/6fcec5c5af> ; elm:point "5" .
<#assessment> a elm:LearningAssessmentSpecification ; dcterms:title "Examination"@en ;
    dcterms:type <http://data.europa.eu/snb/assessment/19a2e5e671> .
<#quality> a elm:Accreditation ; dcterms:title "Evaluated"@en ;
    dcterms:type <http://data.europa.eu/snb/accreditation/003293d2ce> ; elm:accreditingAgent <{provider}> .
<#outcome-1> a elm:LearningOutcome ; dcterms:title "protects data"@en .
<{provider}> a elm:Organisation ; rov:legalName "{name}"@en ; elm:location <{provider}#location> .
<{provider}#location> a dcterms:Location ; elm:address <{provider}#address> .
<{provider}#address> a elm:Address ;
    elm:countryCode <http://publications.europa.eu/resource/authority/country/FIN> .
{more}"""


TURTLE = {"Content-Type": "text/turtle"}
"""The header of a body in Turtle."""


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {token}"}


def needing(iri: str, needed: str, relation: str = "prerequisite") -> str:
    """Return the statements, for any language of RDF or SPARQL, that one micro-credential needs another."""
    mc, tree = "https://w3id.org/pinoamo/ns#", f"{iri}#{relation}"
    return (
        f"<{iri}> <{mc}{relation}> <{tree}> . <{tree}> a <{mc}CountRequirement> ; <{mc}minimum> 1 ; "
        f"<{mc}filter> <{tree}-filter> . <{tree}-filter> a <{mc}Filter> ; <{mc}credential> <{needed}> .\n"
    )
