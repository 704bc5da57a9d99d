"""Documents that try to hang, crash or mislead whoever checks them, each with what its error must mention."""

from __future__ import annotations

import json

ELM = "http://data.europa.eu/snb/model/elm/"
PREFIXES = f"""@prefix elm: <{ELM}> . @prefix dct: <http://purl.org/dc/terms/> . @prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
TURTLE, JSON_LD = "text/turtle", "application/ld+json"

REFUSED: dict[str, tuple[str, str, str]] = {
    "empty": (TURTLE, "", ""),
    "empty JSON": (JSON_LD, "", ""),
    "10,000 credentials": (
        TURTLE,
        PREFIXES + "".join(f"<urn:c:{n}> a elm:EuropeanDigitalCredential .\n" for n in range(10_000)),
        "10000",
    ),
    "deep nesting": (
        JSON_LD,
        '{"@context": {"p": "urn:p"}, "p": ' + '{"p": ' * 100_000 + "1" + "}" * 100_001,
        "",
    ),
    "context from the web": (
        JSON_LD,
        json.dumps({"@context": "http://127.0.0.1:9/context", "type": "EuropeanDigitalCredential"}),
        "http://127.0.0.1:9/context",
    ),
    "bytes that are no text": (TURTLE, "\ud800", ""),
}
"""Media type, text, and what the error says at least: the document cannot be checked."""

JUDGED: dict[str, tuple[str, int]] = {
    "nothing of the kind": (f'{PREFIXES} ex:x dct:title "T"@en .', 0),
    "parts in a circle": (
        f"{PREFIXES} ex:a a elm:Qualification ; elm:hasPart ex:b . ex:b a elm:Qualification ; elm:hasPart ex:a, ex:b .",
        0,  # a part is not presumed to be a micro-credential
    ),
    "literal of 5 MB": (
        f'{PREFIXES} ex:x a elm:Qualification ; dct:title "{"9" * 5_000_000}"@en .',
        1,
    ),
    "import": (
        f"{PREFIXES} ex: a owl:Ontology ; owl:imports <http://127.0.0.1:9/more> . ex:x a elm:Qualification .",
        1,
    ),
}
"""Text in Turtle and how many things in it are checked: all of them get a verdict, none a yes."""

ENDLESS_SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dct: <http://purl.org/dc/terms/> .
<urn:shape> a sh:NodeShape ; sh:targetClass <http://data.europa.eu/snb/model/elm/Qualification> .
<urn:shape> sh:property <urn:shape:title> .
<urn:shape:title> a sh:PropertyShape ; sh:path dct:title ; sh:pattern "PATTERN" ; sh:severity sh:Violation .
"""
ENDLESS_PATTERN = "^(a+)+$"
# The same trap without a repetition inside a repetition, and with a look-ahead, which only the reference engine has.
HIDDEN_PATTERN = "^(?=a)(a|a|aa)*$"
TRAPPED = f'{PREFIXES} ex:x a elm:Qualification ; dct:title "{"a" * 60}!" .'


def data_of(text: str) -> bytes:
    """Return the bytes of a document, broken ones as they are."""
    return text.encode("utf-8", "surrogatepass")
