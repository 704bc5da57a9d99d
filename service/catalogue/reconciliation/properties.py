"""The properties of things that clients filter by and fetch: where each is stated, and its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...errors import InvalidArgument, NotFound
from ...messages.messages import best_text
from ...rdf.namespaces import DCTERMS, ELM, ESCO, MC, ROV, SKOS
from ...rdf.statements import Triple
from ...rdf.terms import local_name
from ..catalogue import Catalogue
from ..records import Kind
from .kinds import EntityType, type_named

_ESCO: tuple[Kind, ...] = ("skill", "occupation")
_ALL: tuple[Kind, ...] = ("skill", "occupation", "credential", "programme")
_OFFERED: tuple[Kind, ...] = ("credential", "programme")
_NAMES = (SKOS + "prefLabel", DCTERMS + "title", ROV + "legalName")
_MOST_CREDENTIALS = 200


class Property(NamedTuple):
    """A property: where it is stated (backwards when `^` is before the predicate), and what its values are.

    `values` is `text` (one for each language), `code` (the end of an IRI, or a notation), `number` or `thing`.
    """

    id: str
    kinds: Sequence[Kind]
    predicates: Sequence[str]
    values: str
    names: Mapping[str, str]


class Value(NamedTuple):
    """A value as a cell of a table holds it; `iri` is empty for what is no thing."""

    text: str
    iri: str = ""
    number: float | None = None


def _named(en: str, fi: str, sv: str) -> Mapping[str, str]:
    return {"en": en, "fi": fi, "sv": sv}


PROPERTIES: Sequence[Property] = (
    Property("prefLabel", _ALL, (SKOS + "prefLabel", DCTERMS + "title"), "text",
             _named("label", "nimike", "benämning")),
    Property("altLabel", _ESCO, (SKOS + "altLabel", SKOS + "hiddenLabel"), "text",
             _named("alternative label", "vaihtoehtoinen nimike", "alternativ benämning")),
    Property("description", _ALL, (DCTERMS + "description",), "text", _named("description", "kuvaus", "beskrivning")),
    Property("isco", ("occupation",), (ESCO + "memberOfISCOGroup",), "code",
             _named("ISCO-08 code", "ISCO-08-koodi", "ISCO-08-kod")),
    Property("notation", _ESCO, (SKOS + "notation",), "code", _named("code", "koodi", "kod")),
    Property("broader", _ESCO, (SKOS + "broader",), "thing", _named("broader", "laajempi", "överordnad")),
    Property("narrower", _ESCO, ("^" + SKOS + "broader",), "thing", _named("narrower", "suppeampi", "underordnad")),
    Property("scheme", _ESCO, (SKOS + "inScheme",), "thing", _named("scheme", "sanasto", "vokabulär")),
    Property("skillType", ("skill",), (ESCO + "skillType",), "code",
             _named("skill or knowledge", "taito vai tieto", "färdighet eller kunskap")),
    Property("reuseLevel", ("skill",), (ESCO + "skillReuseLevel",), "code",
             _named("reuse level", "käyttöalan laajuus", "återanvändningsnivå")),
    Property("replacedBy", _ESCO, (DCTERMS + "isReplacedBy",), "thing", _named("replaced by", "korvaaja", "ersatt av")),
    Property("occupations", ("skill",), ("^" + ESCO + "relatedEssentialSkill", "^" + ESCO + "relatedOptionalSkill"),
             "thing", _named("occupations that need it", "ammatit, joissa sitä tarvitaan", "yrken som behöver den")),
    Property("essentialSkills", ("occupation",), (ESCO + "relatedEssentialSkill",), "thing",
             _named("essential skills", "välttämätön osaaminen", "nödvändiga färdigheter")),
    Property("optionalSkills", ("occupation",), (ESCO + "relatedOptionalSkill",), "thing",
             _named("optional skills", "valinnainen osaaminen", "valfria färdigheter")),
    Property("credentials", ("skill", "occupation", "programme"), (), "thing",
             _named("micro-credentials", "pienet osaamiskokonaisuudet", "mikromeriter")),
    Property("provider", ("credential",), (MC + "provider",), "thing", _named("provider", "järjestäjä", "anordnare")),
    Property("ects", ("credential",), (MC + "ects",), "number",
             _named("ECTS credits", "opintopisteet", "högskolepoäng")),
    Property("eqfLevel", _OFFERED, (ELM + "EQFLevel",), "code", _named("EQF level", "EQF-taso", "EQF-nivå")),
    Property("language", _OFFERED, (DCTERMS + "language",), "thing", _named("language", "kieli", "språk")),
    Property("field", _OFFERED, (ELM + "ISCEDFCode",), "code", _named("ISCED-F code", "ISCED-F-koodi", "ISCED-F-kod")),
    Property("skills", ("credential",), (MC + "teachesSkill",), "thing",
             _named("skills taught", "opetettava osaaminen", "färdigheter som lärs ut")),
    Property("countsTowards", ("credential",), (MC + "countsTowards", ELM + "isPartOf"), "thing",
             _named("counts towards", "luetaan hyväksi ohjelmassa", "räknas in i")),
)  # fmt: skip


def property_named(name: str) -> Property:
    """Return a property by its identifier.

    Raises:
        InvalidArgument: there is none.
    """
    for each in PROPERTIES:
        if each.id == name:
            return each
    raise InvalidArgument(f"there is no property {name[:100]!r}; there are: {', '.join(p.id for p in PROPERTIES)}")


def properties_of(type_name: str) -> Sequence[Property]:
    """Return the properties of a type; of all types for an empty name.

    Raises:
        InvalidArgument: there is no such type.
    """
    if not type_name:
        return PROPERTIES
    wanted: EntityType = type_named(type_name)
    return [each for each in PROPERTIES if wanted.kind in each.kinds]


class Described:
    """What a release says of one thing, read once; nothing of a thing that it does not know."""

    def __init__(self, catalogue: Catalogue, iri: str) -> None:
        self.iri = iri
        self._catalogue = catalogue
        item = catalogue.item(iri)
        self.kind = item.kind if item else None
        self._triples: Sequence[Triple] = ()
        if item:
            try:
                self._triples = catalogue.describe(iri)
            except NotFound:
                self._triples = ()

    def values(self, wanted: Property, language: str, only: str = "") -> Sequence[Value]:
        """Return the values of a property, in a fixed order.

        Args:
            wanted: the property.
            language: of the names of things, as far as they have one.
            only: for texts, this language alone; empty: `language`, else the best other one.
        """
        if self.kind is None or self.kind not in wanted.kinds:
            return ()
        if not wanted.predicates:
            return list(self._credentials(language))
        if wanted.values == "text":
            return [Value(text) for text in self._texts(wanted, language, only)]
        return [self._value(each, wanted, language) for each in self._objects(wanted)]

    def _objects(self, wanted: Property) -> Sequence[str]:
        found = {
            (t.subject.value if predicate.startswith("^") else t.object.value)
            for predicate in wanted.predicates
            for t in self._triples
            if t.predicate == predicate.removeprefix("^")
            and (t.object.value if predicate.startswith("^") else t.subject.value) == self.iri
        }
        return sorted(found)

    def _value(self, found: str, wanted: Property, language: str) -> Value:
        if wanted.values == "number":
            return Value(found, number=float(found))
        if wanted.values == "code":
            return Value(local_name(found).removeprefix("C") if wanted.id == "isco" else local_name(found))
        return Value(self._name(found, language), found)

    def _texts(self, wanted: Property, language: str, only: str) -> Sequence[str]:
        own = [t for t in self._triples if t.subject.value == self.iri and t.predicate in wanted.predicates]
        tags = {(t.object.language or "").lower() for t in own}
        chosen = only if only else (best.language if (best := best_text({tag: tag for tag in tags}, language)) else "")
        return sorted({t.object.value for t in own if (t.object.language or "").lower() == chosen})

    def _name(self, iri: str, language: str) -> str:
        labels = {
            (t.object.language or "").lower(): t.object.value
            for t in sorted(self._triples, key=lambda t: t.object.value, reverse=True)
            if t.subject.value == iri and t.predicate in _NAMES
        }
        best = best_text(labels, language)
        return best.words if best else local_name(iri)

    def _credentials(self, language: str) -> Iterator[Value]:
        if self.kind == "programme":
            links = self._catalogue.programme_credentials(self.iri, _MOST_CREDENTIALS)
            summaries = [link.credential for link in links.items]
        elif self.kind == "occupation":
            found = self._catalogue.occupation_credentials(self.iri, _MOST_CREDENTIALS)
            summaries = [coverage.credential for coverage in found.items]
        else:
            summaries = list(self._catalogue.skill_credentials(self.iri, _MOST_CREDENTIALS).items)
        for summary in summaries:
            best = best_text(summary.title, language)
            yield Value(best.words if best else local_name(summary.iri), summary.iri)
