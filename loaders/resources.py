"""Where the code lists and the JSON-LD context of the ontology are, which loaders read beside their source.

Their places are also written in service/resources.py.
"""

from __future__ import annotations

from pathlib import Path

_ONTOLOGY = Path(__file__).parent.parent / "ontology"
CODE_LISTS = _ONTOLOGY / "concepts"
CONTEXT = _ONTOLOGY / "context.jsonld"
FORMER_CONTEXTS = {"1.0": _ONTOLOGY / "context-1.0.jsonld"}
