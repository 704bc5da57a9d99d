"""Whole numbers in addresses: digits and nothing else, as OpenAPI says `integer`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator


def _plain(value: object) -> object:
    # The framework also takes `1_0`, `+5`, blanks around and digits of other scripts.
    if isinstance(value, str) and not (value.isascii() and value.removeprefix("-").isdigit()):
        raise ValueError("a valid integer has the digits 0 to 9 alone")
    return value


Whole = Annotated[int, BeforeValidator(_plain)]
"""A whole number that a client writes."""
