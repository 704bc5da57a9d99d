"""The `path` command: what is missing for a goal, and the cheapest way there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..settings import Settings
from .configuration import as_usual, settings_from_environment

if TYPE_CHECKING:
    from ..catalogue.records import Item

app = typer.Typer(rich_markup_mode=None)

_GAPS = {
    "nobody-offers": "no provider here states it",
    "limits": "your limits stand in the way",
    "prerequisite": "the prerequisites cannot be met",
    "used-elsewhere": "what could count is counted elsewhere",
    "person-decides": "a person decides",
    "unknown-facts": "facts are missing",
    "time-ended": "whether it can be closed was not found out in time",
}

_OF_OFFERS = ("nobody-offers", "prerequisite", "used-elsewhere")


@app.command()
def path(
    to: Annotated[str, typer.Option("--to", metavar="IRI", help="Programme, module, occupation or skill.")],
    hold: Annotated[
        list[str] | None, typer.Option("--hold", metavar="IRI|FILE", help="What you have; may be repeated.")
    ] = None,
    max_ects: Annotated[str | None, typer.Option(help="Most new ECTS credits.")] = None,
    max_cost: Annotated[str | None, typer.Option(help="Most euros.")] = None,
    max_terms: Annotated[int | None, typer.Option(help="Most half-years.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Language of instruction, such as fi.")] = None,
    alternatives: Annotated[int, typer.Option(min=0, max=5, help="Other ways to look for.")] = 0,
    output: Annotated[Literal["text", "json"], typer.Option("--format", help="text or json.")] = "text",
    listed: Annotated[
        bool, typer.Option("--listed", help="Use what is listed with gaps, too; the plan marks it.")
    ] = False,
    audit: Annotated[bool, typer.Option("--audit", help="Only count what you have; plan nothing.")] = False,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw the plan into this file.")] = None,
    lang: Annotated[Literal["en", "fi", "sv"], typer.Option("--lang", help="Language of names and picture.")] = "en",
) -> None:
    """Plan the way of least new ECTS to a goal, with reasons. Exit 0: it leads there, 1: something stays open."""
    from ..catalogue.near import courses_near_all
    from ..messages.messages import load_texts
    from ..releases.readers import Readers
    from ..sparql.named_queries import load_queries
    from ..stacking.asking import ask
    from ..stacking.matrix.matrix import Matrix
    from ..stacking.picture.picture import namer, picture_of
    from ..stacking.picture.view import held_names, named

    limits = {"max_ects": max_ects, "max_cost": max_cost, "max_terms": max_terms, "languages": language or None}
    own = settings_from_environment()
    readers = Readers(own, load_queries())
    try:
        reader = readers.current()
        held = [entry for one in hold or () for entry in _held(one, own)]
        body = {"target": to, "held": held, "limits": limits, "alternatives": alternatives, "listed": listed}
        matrix = Matrix.load(reader.matrix_for(listed=listed))
        answered = ask(body, matrix, own, datetime.now(UTC).date(), only_held=audit)
        if svg is not None:
            is_new = not svg.exists()
            svg.write_text(picture_of(body, answered.body, reader.catalogue, lang, only_held=audit), encoding="utf-8")
            if is_new:
                as_usual(svg)
        if output == "json":
            typer.echo(json.dumps(answered.body, ensure_ascii=False, indent=2))
        else:
            near = courses_near_all(reader.catalogue, answered.body["nobody_offers"], lang)
            names = named(namer(reader.catalogue, lang), held_names(held), load_texts(lang))
            typer.echo("\n".join(text_lines(answered.body, lambda iri: names(iri).words, near, only_held=audit)))
    finally:
        readers.close()
    raise typer.Exit(0 if answered.answer.status in ("optimal", "feasible") else 1)


def text_lines(
    body: Mapping[str, Any],
    name: Callable[[str], str],
    near: Mapping[str, Sequence[Item]] | None = None,
    *,
    only_held: bool = False,
) -> Iterator[str]:
    """Yield an answer as lines of text; an audit offers nothing, so it does not say why something is missing.

    `near` are courses whose words come near a skill that no provider states.
    """
    bound = "" if body["gap"] == 0 else f", at least {body['lower_bound']} are needed"
    yield f"{body['status']}: {body['total_ects']} new ECTS in {body['terms']} terms{bound}"
    if not body["proved"]:
        yield "  time ended before it was proved that no way is better"
    yield from _plan(body, name)
    for gap in body["gaps"]:
        what = name(gap["skill"]) if "skill" in gap else gap.get("text") or name(gap["requirement"].partition("#")[0])
        limits = f" ({', '.join(gap['limits'])})" if gap["limits"] else ""
        reason = "missing" if only_held and gap["reason"] in _OF_OFFERS else _GAPS[gap["reason"]]
        yield f"  open: {what}: {reason}{limits}"
        if not only_held and (courses := (near or {}).get(gap.get("skill", ""))):
            yield f"    courses whose words come near it: {', '.join(name(one.iri) for one in courses)}"
    if body["relax"]:
        yield f"  lifting these limits would help: {', '.join(body['relax'])}"
    for refusal in body["unused"]:
        yield f"  unused: {name(refusal['credential'])}: {refusal['rule']}, {refusal['reason']}"
    for number, other in enumerate(body["alternatives"], start=1):
        yield f"another way, {number}: {other['total_ects']} new ECTS in {other['terms']} terms"
        yield from _plan(other, name)
    if body["decided_by"]:
        yield f"decided by: {', '.join(name(iri) for iri in body['decided_by'])}"
    yield str(body["notice"])
    if body["admission"]:
        yield str(body["admission"]["reason"])


def _plan(body: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    for step in body["plan"]:
        gaps = " – listed with gaps, no micro-credential by the definition" if step["listed"] else ""
        yield f"  term {step['term']}: {name(step['credential'])} ({step['ects']} ECTS) <{step['credential']}>{gaps}"
        if step["uses"]:
            yield f"    after: {', '.join(name(iri) for iri in step['uses'])}"
        if step["conditions"]:
            yield f"    a person decides: {'; '.join(step['conditions'])}"


def _held(one: str, settings: Settings) -> Iterable[object]:
    from ..stacking.asking import held_from_file

    if one.startswith(("http:", "https:", "urn:")):
        return [one]
    return held_from_file(Path(one), settings)
