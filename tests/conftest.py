"""What every test may use: where the tree stands, and data that only some machines hold."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Official ESCO, ELM and sample files. They come from elsewhere and are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip("needs official test data beside the checkout (../shared/data), not part of the project")
    return SHARED
