"""The namespaces of every vocabulary that the service uses, once each.

The namespaces are also written in loaders/vocabulary.py.
"""

from __future__ import annotations

ADMS = "http://www.w3.org/ns/adms#"
DCAT = "http://www.w3.org/ns/dcat#"
DCTERMS = "http://purl.org/dc/terms/"
ELM = "http://data.europa.eu/snb/model/elm/"
ELM_3_3 = "http://data.europa.eu/snb/model/ontology/"
ELM_3_3_PROFILES = "http://data.europa.eu/snb/model/application-profile/"
ELM_PROFILES = "http://data.europa.eu/snb/model/ap/"
ESCO = "http://data.europa.eu/esco/model#"
FOAF = "http://xmlns.com/foaf/0.1/"
MC = "https://w3id.org/pinoamo/ns#"
MCS = "https://w3id.org/pinoamo/shapes#"
ISO_THES = "http://purl.org/iso25964/skos-thes#"
OWL = "http://www.w3.org/2002/07/owl#"
PROV = "http://www.w3.org/ns/prov#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
ROV = "http://www.w3.org/ns/regorg#"
SCHEMA = "https://schema.org/"
SD = "http://www.w3.org/ns/sparql-service-description#"
SHACL = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SPDX = "http://spdx.org/rdf/terms#"
SSSOM = "https://w3id.org/sssom/"
VC = "https://www.w3.org/2018/credentials#"
VCARD = "http://www.w3.org/2006/vcard/ns#"
VOID = "http://rdfs.org/ns/void#"
VOID_EXT = "http://ldf.fi/void-ext#"
XSD = "http://www.w3.org/2001/XMLSchema#"

# What follows are the starts of names of things, not of terms.
EQF_LEVELS = "http://data.europa.eu/snb/eqf/"
ESCO_THINGS = "http://data.europa.eu/esco/"
ESCO_SKILLS = ESCO_THINGS + "skill/"
EU_AUTHORITIES = "http://publications.europa.eu/resource/authority/"
ISCED_FIELDS = "http://data.europa.eu/snb/isced-f/"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
W3C_FORMATS = "http://www.w3.org/ns/formats/"
