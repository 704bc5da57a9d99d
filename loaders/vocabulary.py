"""The IRIs that loaders write: namespaces, classes, properties and code lists, as in docs/model.md.

The namespaces are also written in service/rdf/namespaces.py.
"""

from __future__ import annotations

ELM = "http://data.europa.eu/snb/model/elm/"
ELM_3_3 = "http://data.europa.eu/snb/model/ontology/"
ELM_PROFILES = "http://data.europa.eu/snb/model/ap/"
ELM_3_3_PROFILES = "http://data.europa.eu/snb/model/application-profile/"
MC = "https://w3id.org/pinoamo/ns#"
CRED = "https://www.w3.org/2018/credentials#"
DCTERMS = "http://purl.org/dc/terms/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
ESCO = "http://data.europa.eu/esco/model#"
ESCO_ID = "http://data.europa.eu/esco/"
ISO_THES = "http://purl.org/iso25964/skos-thes#"
OWL = "http://www.w3.org/2002/07/owl#"
SSSOM = "https://w3id.org/sssom/"
ROV = "http://www.w3.org/ns/regorg#"
ADMS = "http://www.w3.org/ns/adms#"
FOAF = "http://xmlns.com/foaf/0.1/"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_VALUE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#value"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

ISCED_F = "http://data.europa.eu/snb/isced-f/"
EQF = "http://data.europa.eu/snb/eqf/"
NQF = "http://data.europa.eu/snb/qdr/"
ESCO_SKILL = "http://data.europa.eu/esco/skill/"
ECTS_FRAMEWORK = "http://data.europa.eu/snb/education-credit/6fcec5c5af"

# Concept schemes of the code lists, by the name that loaders use for them.
SCHEMES = {
    "country": "http://publications.europa.eu/resource/authority/country",
    "currency": "http://publications.europa.eu/resource/authority/currency",
    "language": "http://publications.europa.eu/resource/authority/language",
    "level": "http://data.europa.eu/snb/eqf/25831c2",
    "national level": "http://data.europa.eu/snb/qdr/25831c2",
    "mode": "http://data.europa.eu/snb/learning-assessment/25831c2",
    "assessment": "http://data.europa.eu/snb/assessment/25831c2",
    "supervision": "http://data.europa.eu/snb/supervision-verification/25831c2",
    "accreditation": "http://data.europa.eu/snb/accreditation/25831c2",
    "field": "http://data.europa.eu/snb/isced-f/25831c2",
}

# BCP 47: text whose language the source does not say, where the model needs a language tag.
UNKNOWN_LANGUAGE = "und"
