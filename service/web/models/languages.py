"""Picks the language for a reader: of a page whose address names none, and of the texts of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastapi import Depends, Request

from ...messages.messages import LANGUAGES, best_text
from ...negotiation import choose_language
from ...rdf.statements import Triple
from .parameters import Lang, label_choice

_CHOICES = ("en", "fi", "sv")


def preferred_language(request: Request) -> str:
    """Return the language for a page whose address names none: `lang=`, else `Accept-Language`, else English."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else choose_language(request.headers.get("accept-language"), _CHOICES)


async def _takes_language(lang: Lang = None) -> None:
    """Declare the parameter; `asked_language` reads it."""


TAKES_LANGUAGE = Depends(_takes_language)
"""Declares that an operation answers in the language that `lang=` names, if it does."""


def asked_language(request: Request) -> str | None:
    """Return the language that `lang=` names; None: every one.

    Descriptions do not go by `Accept-Language`: whoever writes back what was read would lose the other texts.

    Raises:
        InvalidArgument: it is no language tag.
    """
    return label_choice(request, request.query_params.get("lang") or "*").language


def in_language(triples: Iterable[Triple], language: str) -> Sequence[Triple]:
    """Return statements with the texts of each property in one language: the one asked for, or the best other one."""
    every = tuple(triples)
    texts: dict[tuple[object, str], dict[str, str]] = {}
    for subject, predicate, value in every:
        if value.language:
            texts.setdefault((subject, predicate), {})[value.language] = value.value
    chosen = {key: best.language for key, labels in texts.items() if (best := best_text(labels, language))}
    return [each for each in every if not each.object.language or chosen[each[:2]] == each.object.language]
