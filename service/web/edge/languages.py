"""Picks the language for a reader whose address names none."""

from __future__ import annotations

from fastapi import Request

from ...messages.messages import LANGUAGES
from ...negotiation import choose_language

_CHOICES = ("en", "fi", "sv")


def preferred_language(request: Request) -> str:
    """Return the language for a page whose address names none: `lang=`, else `Accept-Language`, else English."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else choose_language(request.headers.get("accept-language"), _CHOICES)
