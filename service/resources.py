"""Where the project's own data are, in a checkout and installed alike: queries, shapes, ontology, code lists, demo.

The places of the code lists and of the context are also written in loaders/resources.py.
"""

from __future__ import annotations

from pathlib import Path

IMPORT_ROOT = Path(__file__).parent.parent
"""The folder from which child processes import, or the package that holds everything when installed."""

QUERIES = IMPORT_ROOT / "queries"
SHAPES = IMPORT_ROOT / "shapes"
ONTOLOGY = IMPORT_ROOT / "ontology"
CODE_LISTS = ONTOLOGY / "concepts"
CONTEXT = ONTOLOGY / "context.jsonld"
FORMER_CONTEXTS = {"1.0": ONTOLOGY / "context-1.0.jsonld"}
DEMO = IMPORT_ROOT / "data" / "demo"
TEMPLATES = IMPORT_ROOT / "data" / "templates"
