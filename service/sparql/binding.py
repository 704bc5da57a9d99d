"""Puts checked values into the slots of a named query; no other module puts SPARQL text together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..errors import InvalidArgument
from ..rdf.terms import Term, parse_decimal, parse_integer, parse_iri, parse_language, sparql_from_term, text_literal
from .named_queries import NamedQuery, Parameter, ParameterType, slot_name

MAX_VALUES = 500
"""Most values one parameter may have."""


def bind(
    query: NamedQuery,
    arguments: Mapping[str, Sequence[str]],
    *,
    limit: int | None = None,
    offset: int = 0,
) -> str:
    """Return the text of a query with its slots filled and, for a paged query, the page asked for.

    The slot of an optional parameter without a value is taken out, which leaves its variable unbound.

    Raises:
        InvalidArgument: an argument is unknown, missing, malformed or has too many values, or the query has no pages.
    """
    return _fill(query, _terms(query, arguments)) + _page(query, limit, offset)


def bind_count(query: NamedQuery, arguments: Mapping[str, Sequence[str]]) -> str:
    """Return a query whose only row binds `?total` to the number of rows of the whole answer.

    Raises:
        InvalidArgument: as for `bind`.
    """
    lines = _fill(query, _terms(query, arguments)).split("\n")  # text may hold other line separators
    start = next(number for number, line in enumerate(lines) if line.startswith("SELECT"))
    body = "\n".join(lines[start:])
    return "\n".join([*lines[:start], f"SELECT (COUNT(*) AS ?total) WHERE {{ {{\n{body}\n}} }}"]) + "\n"


def _terms(query: NamedQuery, arguments: Mapping[str, Sequence[str]]) -> dict[str, tuple[Term, ...]]:
    known = {parameter.name: parameter for parameter in query.parameters}
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        names = ", ".join(known) or "none"
        raise InvalidArgument(f"{query.name} has no parameter {unknown[0][:100]!r}; its parameters: {names}")
    return {name: _values(query, parameter, arguments.get(name, ())) for name, parameter in known.items()}


def _values(query: NamedQuery, parameter: Parameter, values: Sequence[str]) -> tuple[Term, ...]:
    if parameter.required and not values:
        raise InvalidArgument(f"{query.name} needs {parameter.name}: {parameter.description}")
    most = MAX_VALUES if parameter.many else 1
    if len(values) > most:
        raise InvalidArgument(f"{parameter.name} may have {most} value{'s' * (most > 1)}, got {len(values)}")
    try:
        return tuple(_CHECKS[parameter.type](value) for value in values)
    except InvalidArgument as error:
        raise InvalidArgument(f"{parameter.name}: {error}") from error


def _text(value: str) -> Term:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise InvalidArgument("text must be Unicode without lone surrogates")
    return text_literal(value)


def _language(value: str) -> Term:
    return text_literal(parse_language(value))


_CHECKS: Mapping[ParameterType, Callable[[str], Term]] = {
    "iri": parse_iri,
    "string": _text,
    "language": _language,
    "integer": parse_integer,
    "decimal": parse_decimal,
}


def _fill(query: NamedQuery, terms: Mapping[str, tuple[Term, ...]]) -> str:
    lines: list[str] = []
    for line in query.text.splitlines():
        name = slot_name(line)
        if name is None:
            lines.append(line)
        elif terms[name]:
            values = " ".join(sparql_from_term(term) for term in terms[name])
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}VALUES ?{name} {{ {values} }}")
    return "\n".join(lines) + "\n"


def _page(query: NamedQuery, limit: int | None, offset: int) -> str:
    if limit is None and not offset:
        return ""
    if query.paging is None:
        raise InvalidArgument(f"{query.name} has no pages: limit and offset are not for it")
    if (limit is not None and limit < 0) or offset < 0:
        raise InvalidArgument(f"limit and offset must not be negative, got {limit} and {offset}")
    return (f"LIMIT {limit:d}\n" if limit is not None else "") + (f"OFFSET {offset:d}\n" if offset else "")
