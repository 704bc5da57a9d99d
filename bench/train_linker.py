"""Make the reranker of the linker: `service/linking/linker/reranker.json`, with what it was made from.

    python -m bench.train_linker [--data ../shared/data/linking] [--esco ../shared/data/esco/v1.1.1] [--out FILE]

Trained on the two validation files of English sentences and, of the Swedish phrases, one part in four by checksum;
`bench/linking.py` leaves that part out. The threshold is the least at which the first link of those phrases is right
in 17 of 20, each phrase judged by a model that has not seen it. The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.linking_sets import (
    DATA,
    ESCO,
    ROOT,
    TUNED_PHRASES,
    VALIDATION,
    Case,
    checksum,
    is_tuned_on,
    part_of,
    phrases,
    read_skills,
    sentences,
)
from service.linking.linker.candidates import FEATURES, Labels
from service.linking.linker.grams import Floats
from service.linking.linker.reranker import Reranker, probabilities, trained
from service.linking.linker.statements import statements_of

OUT = ROOT / "service" / "linking" / "linker" / "reranker.json"
_PENALTY = 10.0
_PRECISION = 0.85
_DIGITS = 6
Rows = tuple[Floats, list[bool]]


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--esco", type=Path, default=ESCO)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    skills = read_skills(options.esco)
    told = [case for name in VALIDATION for case in sentences(options.data, name, skills)]
    short = [case for case in phrases(options.data, TUNED_PHRASES, skills) if is_tuned_on(case.text)]
    labels = {language: Labels(skills, language) for language in ("en", "sv")}
    rows = [_rows(case, labels[case.language]) for case in (*told, *short)]
    weights, intercept = _model(rows)
    threshold = _threshold(short, rows[: len(told)], rows[len(told) :])
    packs = [options.esco / "en" / "skills_en.csv.gz", options.esco / "derived" / "skills_sv.csv.gz"]
    files = [*(options.data / name for name in (*VALIDATION, TUNED_PHRASES)), *packs]
    about = {
        "script": "bench/train_linker.py",
        "script_sha256": checksum(Path(__file__)),
        "data": [path.name for path in files],
        "data_sha256": checksum(*files),
        "texts": len(rows),
        "candidates": sum(len(meant) for _, meant in rows),
        "penalty": _PENALTY,
    }
    content = {
        "version": checksum(Path(__file__), *files)[:12],
        "threshold": threshold,
        "intercept": round(intercept, _DIGITS),
        "weights": {name: round(weights[name], _DIGITS) for name in FEATURES},
        "made_by": about,
    }
    options.out.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    print(f"{len(rows)} texts, threshold {threshold}")


def _rows(case: Case, labels: Labels) -> Rows:
    found = [labels.candidates(case.text[start:end]) for start, end in statements_of(case.text)]
    features = np.concatenate([each.features for each in found])
    return features, [int(number) in case.gold for each in found for number in each.concepts]


def _model(rows: Sequence[Rows]) -> tuple[dict[str, float], float]:
    meant = [one for _, each in rows for one in each]
    weights, intercept = trained(np.concatenate([features for features, _ in rows]), meant, _PENALTY)
    return dict(weights), intercept


def _threshold(cases: Sequence[Case], told: Sequence[Rows], short: Sequence[Rows]) -> float:
    folds = 5
    firsts: list[tuple[float, bool]] = []
    numbers = [part_of("fold " + case.text, folds) for case in cases]
    for fold in range(folds):
        seen = [rows for rows, number in zip(short, numbers, strict=True) if number != fold]
        weights, intercept = _model([*told, *seen])
        model = Reranker(weights, intercept, 0.0, "")
        for (features, meant), number in zip(short, numbers, strict=True):
            if number == fold:
                likely = probabilities(model.scores(features))
                firsts.append((float(likely.max()), meant[int(likely.argmax())]))
    for step in range(20, 95):
        threshold = step / 100
        sure = [right for likely, right in firsts if likely >= threshold]
        if sure and sum(sure) / len(sure) >= _PRECISION:
            return threshold
    raise SystemExit(f"no threshold reaches a precision of {_PRECISION}")


if __name__ == "__main__":
    main()
