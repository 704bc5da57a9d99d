"""Where the code lists of the ontology are, which loaders read beside their source.

The place of the code lists is also written in service/resources.py.
"""

from __future__ import annotations

from pathlib import Path

CODE_LISTS = Path(__file__).parent.parent / "ontology" / "concepts"
