"""A catalogue with one thing of each kind, below any base."""

from __future__ import annotations

import pyoxigraph as ox

from tests.support.writing import PREFIXES, turtle

ESCO = "http://data.europa.eu/esco"


def catalogue(base: str) -> str:
    """One thing of each kind, as N-Triples."""
    record = turtle(provider=f"{base}/id/organisation/uni").replace(
        "elm:learningOutcome <#outcome-1> .", "elm:learningOutcome <#outcome-1> ; a mc:MicroCredential ."
    )
    rest = f"""@prefix esco: <http://data.europa.eu/esco/model#> . @prefix mc: <https://w3id.org/pinoamo/ns#> .
{record}
<#outcome-1> elm:relatedESCOSkill <{ESCO}/skill/s1> .
<{base}/id/programme/degree> a mc:DegreeProgramme , elm:Qualification ; dcterms:title "Degree"@en , "Tutkinto"@fi .
<{ESCO}/skill/s1> a skos:Concept , esco:Skill ; skos:prefLabel "guarding"@en ;
    skos:inScheme <{ESCO}/concept-scheme/skills> .
<{ESCO}/occupation/o1> a skos:Concept , esco:Occupation ; skos:prefLabel "guard"@en ;
    esco:relatedEssentialSkill <{ESCO}/skill/s1> .
"""
    quads = ox.parse(PREFIXES + rest, ox.RdfFormat.TURTLE, base_iri=f"{base}/id/credential/course")
    return "\n".join(f"{quad.triple} ." for quad in quads)
