"""What the embedded engine raises, told as our errors: each failure by its own kind and its true reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from ..errors import EngineFailed, QuerySyntaxError, ServiceError, StoreUnavailable, UnknownFunction
from ..rdf.namespaces import XSD
from ..rdf.syntax import syntax_error
from ..sparql.syntax_messages import explained

# pyoxigraph 0.5.13 names a function only in the text of a RuntimeError (test_an_unknown_function_is_named).
_FUNCTION = re.compile(r"function <([^>]*)> (.*)", re.DOTALL)
_XPATH = "http://www.w3.org/2005/xpath-functions#"
# What SPARQL 1.1 itself calls the functions that people look for under another name (17.4).
_BUILT_IN: Mapping[str, str] = {
    _XPATH + "lower-case": "LCASE",
    _XPATH + "upper-case": "UCASE",
    _XPATH + "string-length": "STRLEN",
    _XPATH + "substring": "SUBSTR",
    _XPATH + "substring-before": "STRBEFORE",
    _XPATH + "substring-after": "STRAFTER",
    _XPATH + "starts-with": "STRSTARTS",
    _XPATH + "ends-with": "STRENDS",
    _XPATH + "contains": "CONTAINS",
    _XPATH + "concat": "CONCAT",
    _XPATH + "encode-for-uri": "ENCODE_FOR_URI",
    _XPATH + "matches": "REGEX",
    _XPATH + "replace": "REPLACE",
    _XPATH + "abs": "ABS",
    _XPATH + "round": "ROUND",
    _XPATH + "ceiling": "CEIL",
    _XPATH + "floor": "FLOOR",
    _XPATH + "not": "!",
    XSD + "int": "xsd:integer",
    XSD + "long": "xsd:integer",
    XSD + "short": "xsd:integer",
    XSD + "anyURI": "IRI or STR",
}


@contextmanager
def engine_errors(
    text: str, *, update: bool = False, prefixes: Collection[str] = (), what: str = "the store failed"
) -> Iterator[None]:
    """Turn whatever the engine raises inside the block into one of our errors.

    Args:
        text: the query or update that it works on.
        update: whether that is an update.
        prefixes: those that hold without a declaration.
        what: what to say of a store that fails.

    Raises:
        QuerySyntaxError: the text does not parse.
        UnknownFunction: it calls a function that the engine does not have.
        StoreUnavailable: the store is damaged, or the disk fails.
        EngineFailed: the engine has a fault.
    """
    try:
        yield
    except (ServiceError, MemoryError):
        raise
    except SyntaxError as error:
        raise explained(syntax_error(error), text, update=update, declared=prefixes) from error
    except OSError as error:
        raise StoreUnavailable(f"{what}: {error}") from error
    except RuntimeError as error:
        if found := _FUNCTION.search(str(error)):
            raise _wrong_call(found[1], found[2]) from error
        raise StoreUnavailable(f"{what}: {error}") from error  # damage
    except Exception as error:
        raise EngineFailed(_OWN_FAULT) from error
    except BaseException as error:
        # What Rust panics with is no Exception, and its class cannot be imported (PyO3 #2880).
        if type(error).__name__ != "PanicException":
            raise
        raise EngineFailed(_OWN_FAULT) from error


_OWN_FAULT = "the SPARQL engine met a fault of its own; written in another way the query may be answered"


def _wrong_call(function: str, reason: str) -> ServiceError:
    if reason != "is not supported":
        return QuerySyntaxError(f"the function <{function}> {reason[:200]}")
    instead = _BUILT_IN.get(function)
    hint = f"; SPARQL calls it {instead}" if instead else "; SPARQL 1.1 lists its functions in section 17.4"
    return UnknownFunction(f"there is no function <{function}> here{hint}", function)
