"""Reads the description of one thing for a page, with the labels of what it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...catalogue.codes import load_codes
from ...rdf.statements import Triple
from ..edge.call import Call
from .render import HtmlPage
from .statements import Statements


def described(call: Call, iri: str, page: HtmlPage) -> Statements:
    """Return what the release says of a thing.

    Raises:
        NotFound: it says nothing.
    """
    return read_statements(call, call.describe(iri), page)


def read_statements(call: Call, triples: Iterable[Triple], page: HtmlPage) -> Statements:
    """Return statements to be read in the language of the page."""

    def labels(iri: str) -> Mapping[str, str]:
        found = load_codes().labels(iri)
        if found or not iri.startswith(("http://", "https://")):
            return found
        item = call.catalogue.item(iri)
        return item.label if item else {}

    return Statements(triples, page.language, labels)
