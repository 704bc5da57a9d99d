"""Converts durations (xsd:duration) to hours, as learners, providers and ELM count workload."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from .namespaces import ELM, XSD
from .statements import Triple
from .syntax import Output

# Engines write the value of a property behind one blank. In a text a quotation mark has a backslash before it.
_WRITTEN = re.compile(rb'(volumeOfLearning>? )"(P[0-9DTHMS.]+)"(?=\^\^)')
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z")


def hours_from_duration(text: str) -> Decimal | None:
    """Return an xsd:duration of days and times in hours; None when it holds years or months, or is none.

    >>> hours_from_duration("P5DT15H")
    Decimal('135')
    """
    found = _DURATION.match(text)
    if not found or text in ("P", "PT"):
        return None
    days, hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
    return days * 24 + hours + minutes / 60 + seconds / 3600


def in_hours(triple: Triple) -> Triple:
    """Return a statement whose workload is written in hours: stores turn `PT135H` into the equal `P5DT15H`."""
    if triple.predicate != ELM + "volumeOfLearning" or triple.object.datatype != XSD + "duration":
        return triple
    hours = hours_from_duration(triple.object.value)
    if hours is None or hours != hours.to_integral_value():
        return triple
    return triple._replace(object=triple.object._replace(value=f"PT{int(hours)}H"))


class WorkloadsInHours:
    """Passes RDF on as an engine writes it, N-Quads, N-Triples, Turtle or TriG, with workloads in hours."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._rest = b""

    def write(self, data: bytes) -> int:
        """Pass on whole lines; what comes after the last one waits."""
        lines, end, rest = (self._rest + data).rpartition(b"\n")
        self._rest = rest
        self._output.write(_WRITTEN.sub(_written_in_hours, lines) + end)
        return len(data)

    def flush(self) -> None:
        """Pass on what waits."""
        self._output.write(_WRITTEN.sub(_written_in_hours, self._rest))
        self._rest = b""


def _written_in_hours(found: re.Match[bytes]) -> bytes:
    hours = hours_from_duration(found[2].decode("ascii"))
    if hours is None or hours != hours.to_integral_value():
        return found[0]
    return found[1] + f'"PT{int(hours)}H"'.encode()


def plain_number(text: str | Decimal) -> str:
    """Return a decimal without needless zeros; text that is no number stays as it is.

    >>> plain_number("5.00"), plain_number("60"), plain_number("2.50")
    ('5', '60', '2.5')
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return str(text)
    return f"{number.normalize():f}" if number.is_finite() else str(text)
