"""What is wrong, in a sentence for each constraint component, for shapes that have no message of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from ...catalogue.records import Labels
from ...rdf.terms import local_name
from ..paths import Path, path_from_shapes

# By component: its parameter and the sentences. `value` is the offending value, `asked` the parameter's, `path` what
# the shape looks at, `found` how many values that has.
_SENTENCES: Mapping[str, tuple[rdflib.URIRef | None, str, str, str]] = {
    "MinCount": (
        SH.minCount,
        "at least {asked} value{s} of {path}; found {found}",
        "{path}: arvoja on oltava vähintään {asked}; löytyi {found}",
        "{path}: minst {asked} värde(n); {found} hittades",
    ),
    "MaxCount": (
        SH.maxCount,
        "at most {asked} value{s} of {path}; found {found}",
        "{path}: arvoja saa olla enintään {asked}; löytyi {found}",
        "{path}: högst {asked} värde(n); {found} hittades",
    ),
    "QualifiedMinCount": (
        SH.qualifiedMinCount,
        "at least {asked} value{s} of {path} must be as the shape says; {path} has {found} in all",
        "{path}: vähintään {asked} arvon on oltava muodon mukaisia; arvoja on kaikkiaan {found}",
        "{path}: minst {asked} värde(n) måste vara enligt formen; det finns {found} i allt",
    ),
    "QualifiedMaxCount": (
        SH.qualifiedMaxCount,
        "at most {asked} value{s} of {path} may be as the shape says; {path} has {found} in all",
        "{path}: enintään {asked} arvoa saa olla muodon mukaisia; arvoja on kaikkiaan {found}",
        "{path}: högst {asked} värde(n) får vara enligt formen; det finns {found} i allt",
    ),
    "Class": (
        SH["class"],
        "{path}: not said to be of the class {asked}",
        "{path}: ei ole ilmoitettu kuuluvan luokkaan {asked}",
        "{path}: anges inte höra till klassen {asked}",
    ),
    "Datatype": (
        SH.datatype,
        "{path}: no value of the datatype {asked}",
        "{path}: ei ole tietotyypin {asked} arvo",
        "{path}: inget värde av datatypen {asked}",
    ),
    "NodeKind": (
        SH.nodeKind,
        "{path}: must be of the kind {asked}",
        "{path}: on oltava lajia {asked}",
        "{path}: måste vara av slaget {asked}",
    ),
    "MinInclusive": (
        SH.minInclusive,
        "{path}: must be {asked} or more",
        "{path}: on oltava vähintään {asked}",
        "{path}: måste vara minst {asked}",
    ),
    "MaxInclusive": (
        SH.maxInclusive,
        "{path}: must be {asked} or less",
        "{path}: saa olla enintään {asked}",
        "{path}: får vara högst {asked}",
    ),
    "MinExclusive": (
        SH.minExclusive,
        "{path}: must be more than {asked}",
        "{path}: on oltava enemmän kuin {asked}",
        "{path}: måste vara mer än {asked}",
    ),
    "MaxExclusive": (
        SH.maxExclusive,
        "{path}: must be less than {asked}",
        "{path}: on oltava vähemmän kuin {asked}",
        "{path}: måste vara mindre än {asked}",
    ),
    "MinLength": (
        SH.minLength,
        "{path}: must have at least {asked} characters",
        "{path}: merkkejä on oltava vähintään {asked}",
        "{path}: måste ha minst {asked} tecken",
    ),
    "MaxLength": (
        SH.maxLength,
        "{path}: may have at most {asked} characters",
        "{path}: merkkejä saa olla enintään {asked}",
        "{path}: får ha högst {asked} tecken",
    ),
    "Pattern": (
        SH.pattern,
        "{path}: must match the pattern {asked}",
        "{path}: on vastattava kaavaa {asked}",
        "{path}: måste stämma med mönstret {asked}",
    ),
    "LanguageIn": (
        SH.languageIn,
        "{path}: must be text in one of the languages {asked}",
        "{path}: on oltava tekstiä jollakin kielistä {asked}",
        "{path}: måste vara text på något av språken {asked}",
    ),
    "UniqueLang": (
        None,
        "{path}: more than one text in the same language",
        "{path}: samalla kielellä on useampi teksti",
        "{path}: mer än en text på samma språk",
    ),
    "Equals": (
        SH.equals,
        "{path}: must have the same values as {asked}",
        "{path}: arvojen on oltava samat kuin {asked}",
        "{path}: måste ha samma värden som {asked}",
    ),
    "Disjoint": (
        SH.disjoint,
        "{path}: must not share a value with {asked}",
        "{path}: arvo ei saa olla sama kuin {asked}",
        "{path}: får inte ha ett värde gemensamt med {asked}",
    ),
    "LessThan": (
        SH.lessThan,
        "{path}: must be less than {asked}",
        "{path}: on oltava pienempi kuin {asked}",
        "{path}: måste vara mindre än {asked}",
    ),
    "LessThanOrEquals": (
        SH.lessThanOrEquals,
        "{path}: must be less than or equal to {asked}",
        "{path}: saa olla enintään yhtä suuri kuin {asked}",
        "{path}: får inte vara större än {asked}",
    ),
    "HasValue": (
        SH.hasValue,
        "{path}: must have the value {asked}",
        "{path}: arvona on oltava {asked}",
        "{path}: måste ha värdet {asked}",
    ),
    "In": (
        SH["in"],
        "{path}: must be one of {asked}",
        "{path}: on oltava jokin seuraavista: {asked}",
        "{path}: måste vara ett av {asked}",
    ),
    "Closed": (
        None,
        "{path}: this property is not foreseen here",
        "{path}: tätä ominaisuutta ei saa olla tässä",
        "{path}: denna egenskap får inte finnas här",
    ),
    "Node": (
        SH.node,
        "{path}: not as the shape {asked} says",
        "{path}: ei ole muodon {asked} mukainen",
        "{path}: inte enligt formen {asked}",
    ),
    "Not": (
        SH["not"],
        "{path}: must not be as the shape {asked} says",
        "{path}: ei saa olla muodon {asked} mukainen",
        "{path}: får inte vara enligt formen {asked}",
    ),
    "And": (
        None,
        "{path}: not as every one of the shapes says",
        "{path}: ei ole kaikkien muotojen mukainen",
        "{path}: inte enligt alla formerna",
    ),
    "Or": (
        None,
        "{path}: as none of the shapes says",
        "{path}: ei ole minkään muodon mukainen",
        "{path}: inte enligt någon av formerna",
    ),
    "Xone": (
        None,
        "{path}: must be as exactly one of the shapes says",
        "{path}: on oltava täsmälleen yhden muodon mukainen",
        "{path}: måste vara enligt exakt en av formerna",
    ),
}
_QUERY = (
    "{path}: not as the query of the shape asks",
    "{path}: ei vastaa muodon kyselyä",
    "{path}: inte som formens fråga kräver",
)
_OTHER = (
    "{path}: does not meet the constraint {component}",
    "{path}: ei täytä ehtoa {component}",
    "{path}: uppfyller inte villkoret {component}",
)
_LANGUAGES = ("en", "fi", "sv")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OPERATORS = {"zero-or-more": "*", "one-or-more": "+", "zero-or-one": "?"}


def sentences(shapes: rdflib.Graph, shape: Node, component: str, result_path: str, found: int) -> Labels:
    """Return what a result says, by language: the name of what the shape looks at, and what its constraint asks.

    `component` is the local name of a constraint component, or an IRI; `result_path` the property of the result, empty
    where it is none.
    """
    otherwise = _QUERY if component.startswith("SPARQL") else _OTHER
    parameter, *texts = _SENTENCES.get(component.removesuffix("ConstraintComponent"), (None, *otherwise))
    values = sorted(_called(value, shapes) for value in shapes.objects(shape, parameter)) if parameter else []
    path = shapes.value(shape, SH.path)
    looks_at = _in_words(result_path) if result_path else _in_words(path_text(shapes, path)) if path else ""
    told = {}
    for language, text in zip(_LANGUAGES, texts, strict=True):
        name = "" if component.startswith("Closed") else _name(shapes, shape, language)
        filled = text.format(
            asked=", ".join(values),
            s="" if values == ["1"] else "s",
            found=found,
            component=local_name(component),
            path=name or looks_at or "…",
        )
        told[language] = filled.removeprefix("…: ")
    return told


def path_text(shapes: rdflib.Graph, path: Node) -> str:
    """Return a `sh:path` as SPARQL writes property paths, its IRIs without brackets."""
    return _written(path_from_shapes(shapes, path))


def _written(path: Path) -> str:
    parts = [_written(part) for part in path.parts]
    match path.operator:
        case "predicate":
            return path.predicate
        case "inverse":
            return f"^{parts[0]}"
        case "sequence":
            return " / ".join(parts)
        case "alternative":
            return f"({' | '.join(parts)})"
        case _:
            return f"({parts[0]}){_OPERATORS[path.operator]}"


def _in_words(path: str) -> str:
    """Return a path by the local names of its properties, as words: `learningOutcome` is "learning outcome"."""
    found = []
    for part in path.split(" "):
        name = re.sub(r"[^\s()^*+?|]+", lambda match: local_name(match[0]) or match[0], part)
        found.append(_WORDS.sub(" ", name).lower() if _WORDS.search(name) else name)
    return " ".join(found)


def _name(shapes: rdflib.Graph, shape: Node, language: str) -> str:
    for predicate in (SH.name, SH.description):
        found = (text for text in shapes.objects(shape, predicate) if isinstance(text, rdflib.Literal))
        texts = {text.language or "": str(text) for text in found}
        if texts:
            return next((texts[each] for each in (language, "en", "") if each in texts), min(texts.values()))
    return ""


def _called(value: Node, shapes: rdflib.Graph) -> str:
    if (value, rdflib.RDF.first, None) in shapes:
        return ", ".join(_called(each, shapes) for each in shapes.items(value))
    if isinstance(value, rdflib.BNode):
        return "…"
    return str(value) if isinstance(value, rdflib.Literal) else local_name(str(value)) or str(value)
