"""Queries of shapes before they are run, and the shapes of shapes: what pySHACL knows without any data."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import rdflib
from pyparsing import ParseBaseException
from pyshacl.errors import ReportableRuntimeError
from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper

from ...errors import InvalidArgument
from .rdflib_graphs import prepared

_PATH = re.compile(r"([\s{}()])[$?]PATH\b")


def check_query(text: str, parameters: frozenset[str]) -> None:
    """Refuse a query of a shape that does not parse, or that SHACL forbids for what is bound beforehand (§5.3.1).

    An ASK query is put to each value, so `value` is bound beforehand; `parameters` names parameters that are.

    Raises:
        InvalidArgument: with the reason.
    """
    try:
        query = prepared(_PATH.sub(r"\1<urn:path>", text))
        value = True if query.algebra.name == "AskQuery" else None
        helper: Any = SPARQLQueryHelper  # pyshacl has no types here
        helper(None, None, text).check_invalid_sparql(text, value, parameters)
    except ParseBaseException as error:
        # The prefixes are on a line of their own before it.
        raise InvalidArgument(f"line {error.lineno - 1}, column {error.column}: {error.msg}") from error
    except ReportableRuntimeError as error:
        raise InvalidArgument(str(error)) from error
    except Exception as error:  # rdflib raises whatever it likes, `Exception` itself among it
        raise InvalidArgument(str(error)) from error


@cache
def shapes_of_shapes() -> rdflib.Graph:
    """Return the shapes that well-formed shapes conform to (SHACL, appendix C), as they come with pySHACL."""
    text = files("pyshacl").joinpath("assets", "shacl-shacl.ttl").read_text("utf-8")
    return rdflib.Graph().parse(data=text, format="turtle")
