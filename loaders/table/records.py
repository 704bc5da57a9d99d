"""Turns the cells of one row into the statements of one micro-credential (docs/model.md §2).

The way back, from statements to a row, is also written in service/releases/feeds/table.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest

from ..identifiers import Names, is_identifier, is_web_iri, part_iri
from ..statements import StatementWriter
from ..vocabulary import ADMS, DCTERMS, ECTS_FRAMEWORK, ELM, FOAF, MC, RDF_VALUE, ROV, SCHEMES, SKOS, UNKNOWN_LANGUAGE
from .cells import Cells
from .own_words import SEPARATOR

# A part of the cell of prerequisites with more words or characters than these, or a full stop, is prose.
_MOST_WORDS, _MOST_CHARACTERS = 3, 60
# "None", as sources write it.
_NONE = frozenset((
    "none", "no", "nothing", "ei", "ei ole", "ei edellytyksiä", "inga", "inget", "nessuno", "nessuna", "keine",
    "nessun prerequisito", "aucun", "aucune", "ninguno", "ninguna", "geen", "nenhum",
))  # fmt: skip
_STACKABILITY = {"stackable": MC + "stackable", "stand-alone": MC + "stand-alone"}


def write_record(credential: str, identifier: str, cells: Cells, names: Names, writer: StatementWriter) -> None:
    """Write one micro-credential with its parts and the organisations it names, as one record."""
    writer.start_record(credential, cells.source, cells.line)
    levels = cells.codes("eqf_level", "level")
    assured = bool(cells.text("quality_assurance") or cells.text("accreditor"))
    writer.add_type(credential, ELM + ("Qualification" if levels or assured else "LearningAchievementSpecification"))
    writer.add_type(credential, MC + "MicroCredential")
    titles = cells.texts("title")
    _add_texts(credential, DCTERMS + "title", titles, writer)
    _add_texts(credential, DCTERMS + "description", cells.texts("description"), writer)
    mark = _add_part(credential, ADMS + "identifier", "identifier", "Identifier", writer)
    writer.add_text(mark, SKOS + "notation", identifier)
    for predicate, concepts in (
        (DCTERMS + "language", cells.codes("language", "language")),
        (ELM + "mode", cells.codes("mode", "mode")),
        (ELM + "EQFLevel", levels),
    ):
        for concept, _ in concepts:
            writer.add_iri(credential, predicate, concept)
    for level in cells.national_levels("nqf_level"):
        writer.add_iri(credential, ELM + "NQFLevel", level)
    for field in cells.fields("isced_f"):
        writer.add_iri(credential, ELM + "ISCEDFCode", field)
    provider = _write_provider(credential, cells, names, writer)
    _write_workload(credential, cells, writer)
    _write_activity(credential, titles, cells, writer)
    for language, text in _worded(cells, "keywords").items():
        for keyword in filter(None, map(str.strip, text.split(SEPARATOR))):
            writer.add_text(credential, ELM + "category", keyword, language)
    _write_assessments(credential, cells, writer)
    _write_quality(credential, cells, names, writer)
    _write_outcomes(credential, cells, writer)
    _write_links(credential, cells, names, writer)
    _write_offer(credential, titles, provider, cells, writer)


def duration_from_hours(hours: Decimal) -> str:
    """Return hours as xsd:duration, which has no fractions of an hour.

    >>> duration_from_hours(Decimal("135")), duration_from_hours(Decimal("7.5"))
    ('PT135H', 'PT7H30M')
    """
    whole = int(hours)
    seconds = (hours - whole) * 3600
    minutes, rest = divmod(seconds, 60)
    return f"PT{whole}H" + (f"{int(minutes)}M" if minutes else "") + (f"{rest.normalize():f}S" if rest else "")


def _write_provider(credential: str, cells: Cells, names: Names, writer: StatementWriter) -> str:
    identifier = "".join(_identifiers(cells, "provider", [cells.text("provider")]))
    titles = cells.texts("provider_name")
    countries = cells.codes("country", "country")
    if not (identifier or titles or countries):
        return ""
    provider = names.organisation(identifier) if identifier else part_iri(credential, "provider")
    awarding = _add_part(credential, ELM + "awardingOpportunity", "awarding", "AwardingOpportunity", writer)
    writer.add_iri(awarding, ELM + "awardingBody", provider)
    writer.add_iri(awarding, ELM + "learningAchievementSpecification", credential)
    writer.add_type(provider, ELM + "Organisation")
    _add_texts(provider, ROV + "legalName", titles, writer)
    _write_place(provider, countries, writer)
    if homepage := cells.web_iri("provider_homepage"):
        page = _add_part(provider, FOAF + "homepage", "homepage", "WebResource", writer)
        writer.add_typed(page, ELM + "contentUrl", homepage, "anyURI")
    return provider


def _write_place(organisation: str, countries: list[tuple[str, dict[str, str]]], writer: StatementWriter) -> None:
    if countries:
        location, address = part_iri(organisation, "location"), part_iri(organisation, "address")
        writer.add_iri(organisation, ELM + "location", location)
        writer.add_type(location, DCTERMS + "Location")
        writer.add_iri(location, ELM + "address", address)
        writer.add_type(address, ELM + "Address")
        for country, _ in countries:
            writer.add_iri(address, ELM + "countryCode", country)


def _write_workload(credential: str, cells: Cells, writer: StatementWriter) -> None:
    ects, hours = cells.decimal("ects", "5 or 7.5"), cells.decimal("workload_hours", "135")
    if ects == 0 and hours:
        cells.warn("ects", "no credits beside hours are read as credits that are not stated")
        ects = None
    if ects is not None:
        credit = _add_part(credential, ELM + "creditPoint", "credit", "CreditPoint", writer)
        writer.add_iri(credit, ELM + "framework", ECTS_FRAMEWORK)
        writer.add_text(credit, ELM + "point", f"{ects:f}")
    if hours is not None:
        writer.add_typed(credential, ELM + "volumeOfLearning", duration_from_hours(hours), "duration")


def _write_activity(credential: str, titles: Mapping[str, str], cells: Cells, writer: StatementWriter) -> None:
    hours = cells.decimal("delivery_hours", "24")
    if hours is not None:
        activity = _add_part(credential, ELM + "influencedBy", "activity", "LearningActivitySpecification", writer)
        _add_texts(activity, DCTERMS + "title", titles, writer)
        writer.add_text(activity, ELM + "contactHour", f"{hours:f}")


def _weights(cells: Cells, assessments: int) -> list[Decimal | None]:
    """Return the weight of each assessment in per cent, by position; none where they cannot be told apart."""
    parts = cells.numbers("assessment_weights", "60|40")
    if parts and len(parts) != assessments:
        cells.refuse("assessment_weights", f"has {len(parts)} weights for {assessments} assessments; they are left out")
        return []
    return parts


def _write_assessments(credential: str, cells: Cells, writer: StatementWriter) -> None:
    supervisions = cells.codes("supervision", "supervision")
    assessments = cells.codes("assessment", "assessment")
    weights = _weights(cells, len(assessments))
    for number, assessment in enumerate(assessments or [None] * bool(supervisions), 1):
        part = _add_part(
            credential, ELM + "provenBy", _numbered("assessment", number), "LearningAssessmentSpecification", writer
        )
        if assessment:
            writer.add_iri(part, DCTERMS + "type", assessment[0])
            _add_texts(part, DCTERMS + "title", assessment[1], writer)
        if weight := weights[number - 1] if weights else None:
            writer.add_typed(part, MC + "assessmentWeight", f"{weight:f}", "decimal")
        for supervision, _ in supervisions:
            writer.add_iri(part, MC + "supervision", supervision)


def _write_quality(credential: str, cells: Cells, names: Names, writer: StatementWriter) -> None:
    accreditor = cells.text("accreditor")
    countries = cells.codes("accreditor_country", "country")
    words = [word for word in cells.parts("quality_assurance") if word and word.casefold().rstrip(".") not in _NONE]
    for number, word in enumerate(words or [""] * bool(accreditor), 1):
        part = _add_part(credential, ELM + "accreditation", _numbered("quality", number), "Accreditation", writer)
        concept = cells.find(word, "accreditation") if word else None
        if concept:
            writer.add_iri(part, DCTERMS + "type", concept)
            _add_texts(part, DCTERMS + "title", cells.labels(concept), writer)
        elif word:
            listed = cells.code_words("accreditation")
            cells.warn(
                "quality_assurance", f"{word[:50]!r} is kept as a type of the source's own; listed: {listed}", word
            )
            writer.add_text(part, DCTERMS + "title", word, UNKNOWN_LANGUAGE)
            own = part_iri(part, "type")
            writer.add_iri(part, DCTERMS + "type", own)
            writer.add_type(own, SKOS + "Concept")
            writer.add_text(own, SKOS + "prefLabel", word, UNKNOWN_LANGUAGE)
        if accreditor:
            named = not is_web_iri(accreditor)
            agent = names.named_organisation(accreditor) if named else accreditor
            writer.add_iri(part, ELM + "accreditingAgent", agent)
            writer.add_type(agent, ELM + "Organisation")
            if named:
                writer.add_text(agent, ROV + "legalName", accreditor, UNKNOWN_LANGUAGE)
            _write_place(agent, countries, writer)


def _write_outcomes(credential: str, cells: Cells, writer: StatementWriter) -> None:
    columns = cells.texts("learning_outcomes")
    by_language = {language: cells.parts(f"learning_outcomes@{language}") for language in columns}
    if len({len(parts) for parts in by_language.values()}) > 1:
        counts = ", ".join(f"{language} {len(parts)}" for language, parts in by_language.items())
        cells.warn("learning_outcomes", f"the languages differ in number of outcomes ({counts}); joined by position")
    outcomes = zip_longest(*by_language.values(), fillvalue="")
    for number, (texts, skills) in enumerate(zip_longest(outcomes, cells.skill_groups()), 1):
        titles = {language: text for language, text in zip(by_language, texts or (), strict=False) if text}
        if titles:
            part = _add_part(credential, ELM + "learningOutcome", f"outcome-{number}", "LearningOutcome", writer)
            _add_texts(part, DCTERMS + "title", titles, writer)
            for skill in dict.fromkeys(skills or ()):
                writer.add_iri(part, ELM + "relatedESCOSkill", skill)
        elif skills:
            cells.refuse("skills", f"position {number} has skills and no learning outcome; they are left out")


def _identifiers(cells: Cells, column: str, parts: list[str]) -> list[str]:
    """Return the parts that may name a thing; reports those that cannot."""
    for part in parts:
        if part and not is_identifier(part):
            cells.refuse(column, f"{part!r} cannot end an address; it is left out")
    return [part for part in parts if is_identifier(part)]


def _prerequisites(cells: Cells) -> tuple[list[str], list[str]]:
    """Return the parts of the cell of prerequisites that may name a credential, and those that people are to read."""
    named: list[str] = []
    prose: list[str] = []
    for part in cells.parts("prerequisites"):
        read = _is_prose(part)
        (prose if read else named).append(part)
        if read:
            cells.warn("prerequisites", "reads like prose, not like an id; kept as the entry requirement")
    return named, [part for part in prose if part]


def _is_prose(part: str) -> bool:
    """Tell whether people are to read a text, since it is no identifier.

    >>> [_is_prose(part) for part in ("data ethics/1", "https://uni.example/a", "Basic knowledge of maths", "Nessuno")]
    [False, False, True, True]
    """
    if is_web_iri(part):
        return False
    long = len(part.split()) > _MOST_WORDS or len(part) > _MOST_CHARACTERS or "\n" in part
    return long or (part.endswith(".") and is_identifier(part)) or part.casefold().rstrip(".") in _NONE


def _write_entry(credential: str, prose: list[str], cells: Cells, writer: StatementWriter) -> None:
    texts = _worded(cells, "entry_requirement", prose)
    if texts:
        note = _add_part(credential, ELM + "entryRequirement", "entry", "Note", writer)
        _add_texts(note, ELM + "noteLiteral", texts, writer)


def _worded(cells: Cells, column: str, more: Sequence[str] = ()) -> dict[str, str]:
    """Return the texts of a column by language, with what the source has in none it names."""
    texts = cells.texts(column)
    unmarked = list(filter(None, (cells.text(column), *more)))
    return {**texts, UNKNOWN_LANGUAGE: "\n".join(unmarked)} if unmarked else texts


def _write_links(credential: str, cells: Cells, names: Names, writer: StatementWriter) -> None:
    named, prose = _prerequisites(cells)
    _write_entry(credential, prose, cells, writer)
    prerequisites = _identifiers(cells, "prerequisites", named)
    needed = list(dict.fromkeys(map(names.credential, prerequisites)))
    if needed:
        requirement, selection = (part_iri(credential, name) for name in ("prerequisite", "prerequisite-filter"))
        writer.add_iri(credential, MC + "prerequisite", requirement)
        writer.add_type(requirement, MC + "CountRequirement")
        writer.add_typed(requirement, MC + "minimum", str(len(needed)), "integer")
        writer.add_iri(requirement, MC + "filter", selection)
        writer.add_type(selection, MC + "Filter")
        for other in needed:
            writer.add_iri(selection, MC + "credential", other)
    word = cells.text("stackability")
    if word and (value := _STACKABILITY.get(word.lower(), word if word in _STACKABILITY.values() else "")):
        writer.add_iri(credential, MC + "stackability", value)
    elif word:
        cells.refuse("stackability", f"must be stackable or stand-alone, got {word[:50]!r}")
    for programme in dict.fromkeys(_identifiers(cells, "part_of", cells.parts("part_of"))):
        writer.add_iri(credential, ELM + "isPartOf", names.programme(programme))
    if homepage := cells.web_iri("homepage"):
        page = _add_part(credential, FOAF + "homepage", "homepage", "WebResource", writer)
        writer.add_typed(page, ELM + "contentUrl", homepage, "anyURI")
    if modified := cells.date("modified"):
        writer.add_typed(credential, DCTERMS + "modified", modified, "date")


def _write_offer(
    credential: str, titles: Mapping[str, str], provider: str, cells: Cells, writer: StatementWriter
) -> None:
    start, price, currencies = cells.moment("start"), cells.decimal("price", "120 or 120.50"), _currency(cells)
    if price is not None and not currencies:
        cells.refuse("price", "a price needs a currency such as EUR; it is left out")
        price = None
    term, place = _worded(cells, "term"), _worded(cells, "place")
    if not (start or term or place) and price is None:
        return
    offer = part_iri(credential, "offer")
    writer.add_type(offer, ELM + "LearningOpportunity")
    _add_texts(offer, DCTERMS + "title", titles, writer)
    writer.add_iri(offer, ELM + "learningAchievementSpecification", credential)
    if provider:
        writer.add_iri(offer, ELM + "providedBy", provider)
    if start:
        time = part_iri(credential, "offer-time")
        writer.add_iri(offer, DCTERMS + "temporal", time)
        writer.add_type(time, DCTERMS + "PeriodOfTime")
        writer.add_typed(time, ELM + "startDate", start, "dateTime")
    if term:
        note = _add_part(offer, ELM + "scheduleInformation", "schedule", "Note", writer)
        _add_texts(note, ELM + "noteLiteral", term, writer)
    if place:
        location = part_iri(offer, "place")
        writer.add_iri(offer, ELM + "location", location)
        writer.add_type(location, DCTERMS + "Location")
        _add_texts(location, ELM + "geographicName", place, writer)
    if price is not None:
        detail, amount = part_iri(credential, "price"), part_iri(credential, "amount")
        writer.add_iri(offer, ELM + "priceDetail", detail)
        writer.add_type(detail, ELM + "PriceDetail")
        writer.add_iri(detail, ELM + "amount", amount)
        writer.add_type(amount, ELM + "Amount")
        writer.add_typed(amount, RDF_VALUE, f"{price:f}", "decimal")
        writer.add_iri(amount, ELM + "unit", currencies)


def _currency(cells: Cells) -> str:
    """Return the IRI of the currency. The list is long and grows: any three letters are taken (ISO 4217)."""
    code = cells.text("currency")
    if not code:
        return ""
    if found := cells.find(code, "currency"):
        return found
    if len(code) == 3 and code.isascii() and code.isalpha():
        return f"{SCHEMES['currency']}/{code.upper()}"
    cells.refuse("currency", f"must be three letters such as EUR, got {code[:50]!r}")
    return ""


def _add_part(owner: str, predicate: str, name: str, type_name: str, writer: StatementWriter) -> str:
    part = part_iri(owner, name)
    writer.add_iri(owner, predicate, part)
    writer.add_type(part, ELM + type_name)
    return part


def _add_texts(subject: str, predicate: str, texts: Mapping[str, str], writer: StatementWriter) -> None:
    for language, text in texts.items():
        writer.add_text(subject, predicate, text, language)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
