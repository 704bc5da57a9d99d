"""Where the data lie that loaders read beside their source: the code lists of the ontology."""

from __future__ import annotations

from pathlib import Path

CODE_LISTS = Path(__file__).parent.parent / "ontology" / "concepts"
