"""Stacking matrices of a few credentials, as a release would hold them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from service.stacking.matrix.matrix import FORMAT, SETS, Matrix
from service.stacking.problem.candidates import Credential
from service.stacking.requirements.from_json import json_from_tree


def matrix_from(found: list[Credential], **more: object) -> Matrix:
    """Return a matrix of credentials, as a release would hold it."""
    found = sorted(found, key=lambda one: one.iri)
    arrays: dict[str, Any] = {
        "ects": np.array([-1 if one.ects is None else int(one.ects * 100) for one in found], np.int32),
        "level": np.array([one.level or 0 for one in found], np.int32),
        "cost": np.array([-1 if one.cost is None else int(one.cost * 100) for one in found], np.int32),
    }
    texts: dict[str, Any] = {
        "iris": [one.iri for one in found],
        "requirements": {},
        "faults": {},
        "owners": {},
        "admits": [],
    }
    texts |= {"format": FORMAT, "broader": {}, "occupations": {}}
    for name in SETS:
        names = sorted({value for one in found for value in getattr(one, name)})
        rows = [sorted(names.index(value) for value in getattr(one, name)) for one in found]
        arrays[f"{name}_starts"] = np.cumsum([0, *map(len, rows)], dtype=np.int32)
        arrays[f"{name}_values"] = np.array([place for row in rows for place in row], np.int32)
        texts[name] = names
    texts["prerequisites"] = [json.dumps(json_from_tree(p)) if (p := one.prerequisite) else "" for one in found]
    texts["corequisites"] = [json.dumps(json_from_tree(p)) if (p := one.corequisite) else "" for one in found]
    return Matrix(arrays, texts | more)
