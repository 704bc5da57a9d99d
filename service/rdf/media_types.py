"""The media types that are sent and taken here, once each."""

from __future__ import annotations

# RDF: https://www.iana.org/assignments/media-types/ and the recommendation of each format.
TURTLE = "text/turtle"
TRIG = "application/trig"
N_TRIPLES = "application/n-triples"
N_QUADS = "application/n-quads"
RDF_XML = "application/rdf+xml"
JSON_LD = "application/ld+json"
CREDENTIAL = "application/vc+ld+json"
"""A verifiable credential, which is JSON-LD."""

# SPARQL 1.1: its protocol, and its results beside CSV and TSV.
SPARQL_QUERY = "application/sparql-query"
SPARQL_UPDATE = "application/sparql-update"
RESULTS_JSON = "application/sparql-results+json"
RESULTS_XML = "application/sparql-results+xml"

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
XML = "application/xml"
HTML = "text/html"
PLAIN = "text/plain"
SVG = "image/svg+xml"
FORM = "application/x-www-form-urlencoded"
