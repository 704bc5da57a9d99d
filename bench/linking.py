"""Measure the linker on public test sets, beside exact labels, rapidfuzz, BM25 and the service's search, in one run.

    python -m bench.linking [--data ../shared/data/linking] [--esco ../shared/data/esco/v1.1.1] [--quick]

Every set and language stands by itself. MRR has a 95 % bootstrap interval. The part of the Swedish phrases that
`bench/train_linker.py` tunes on is left out. `rapidfuzz` is asked when it is installed. Then: labels with a letter
left out, without accents, decomposed, with words before them; how true the probabilities are (expected calibration
error over the first five links); times of one text on one thread; phrases a second in bulk, and memory.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import random
import resource
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.linking_sets import DATA, ESCO, PHRASES, SENTENCES, Case, is_tuned_on, phrases, read_skills, sentences
from bench.measure import machine, table
from service.linking.linker.concepts import Concept
from service.linking.linker.grams import plain
from service.linking.linker.linker import Linker
from service.linking.text_index import TextIndex
from service.linking.text_index_build import Indexed, Passage, build_text_index
from service.linking.words import folded

_MOST = 100
_PROBES = 150
Rank = Callable[[str, str], Sequence[int]]
"""From a text and its language to numbers of skills, best first."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--esco", type=Path, default=ESCO)
    parser.add_argument("--quick", action="store_true", help="The linker only.")
    parser.add_argument("--most", type=int, default=10**9, help="Most texts of a set, the first by checksum.")
    options = parser.parse_args()
    skills = read_skills(options.esco, options.data)
    numbers = {skill.iri: number for number, skill in enumerate(skills)}
    linker = Linker(skills)
    print(machine())
    print(f"linker {linker.reranker.version}, threshold {linker.reranker.threshold}\n")
    for language in ("en", "fi", "sv", "de", "nl"):
        before = time.process_time()
        linker.link("x", language)
        print(f"index {language}: {time.process_time() - before:.1f} s of processor time")

    def linked(text: str, language: str) -> Sequence[int]:
        links = linker.link(text, language, limit=_MOST, least=0.0).links
        return [numbers[link.concept.iri] for link in links if link.method != "broader"]

    sets = {name: sentences(options.data, f"sentences_en_{file}_test_half.jsonl", skills)
            for name, file in SENTENCES.items()}  # fmt: skip
    sets |= {name: [case for case in phrases(options.data, f"phrases_{file}_half.jsonl", skills)
                    if not is_tuned_on(case.text) or name != "sv"]
             for name, file in PHRASES.items()}  # fmt: skip
    sets = {name: sorted(cases, key=lambda case: sha256(case.text.encode()).digest())[: options.most]
            for name, cases in sets.items()}  # fmt: skip
    systems: dict[str, Rank] = {"linker": linked}
    with tempfile.TemporaryDirectory() as folder:
        if not options.quick:
            systems |= {"exact label": exact(skills), "BM25": bm25(skills), "search": search(skills, Path(folder))}
            if importlib.util.find_spec("rapidfuzz"):
                systems["rapidfuzz"] = fuzzy(skills)
        print(ranking(sets, systems))
    print(calibration(sets, linker))
    print(robustness(skills, linked))
    print(detection(sets, linker))
    print(costs(sets, linker))


def ranking(sets: Mapping[str, Sequence[Case]], systems: Mapping[str, Rank]) -> str:
    """Return a row for each set and system."""
    rows = []
    for name, cases in sets.items():
        for system, rank in systems.items():
            found = [(case.gold, list(rank(case.text, case.language))) for case in cases]
            reciprocal = np.array([_reciprocal(gold, order) for gold, order in found])
            low, high = _interval(reciprocal)
            rows.append([
                name, str(len(cases)), system, f"{reciprocal.mean():.3f}", f"{low:.3f}–{high:.3f}",
                *(f"{np.mean([measure(gold, order) for gold, order in found]):.3f}"
                  for measure in (_hit, _recall(5), _recall(10), _precision, _gain)),
            ])  # fmt: skip
    return table(["set", "texts", "system", "MRR", "95 %", "hit@1", "R@5", "R@10", "RP@5", "nDCG@100"], rows) + "\n"


def _reciprocal(gold: frozenset[int], order: Sequence[int]) -> float:
    return next((1 / place for place, number in enumerate(order, 1) if number in gold), 0.0)


def _hit(gold: frozenset[int], order: Sequence[int]) -> float:
    return float(bool(order) and order[0] in gold)


def _recall(most: int) -> Callable[[frozenset[int], Sequence[int]], float]:
    return lambda gold, order: len(gold.intersection(order[:most])) / len(gold)


def _precision(gold: frozenset[int], order: Sequence[int]) -> float:
    return len(gold.intersection(order[:5])) / min(5, len(gold))


def _gain(gold: frozenset[int], order: Sequence[int]) -> float:
    found = sum(1 / math.log2(place + 1) for place, number in enumerate(order[:_MOST], 1) if number in gold)
    return found / sum(1 / math.log2(place + 1) for place in range(1, min(len(gold), _MOST) + 1))


def _interval(values: np.ndarray) -> tuple[float, float]:
    chance = np.random.default_rng(1)
    means = [values[chance.integers(0, len(values), len(values))].mean() for _ in range(2000)]
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def exact(skills: Sequence[Concept]) -> Rank:
    """Return skills with a label that is the text or stands in it, longer labels first."""
    known = _labels(skills)

    def rank(text: str, language: str) -> Sequence[int]:
        words = plain(text).split()
        spans = [(size, start) for size in range(min(8, len(words)), 0, -1) for start in range(len(words) - size + 1)]
        found = (known.get((language, " ".join(words[start : start + size])), ()) for size, start in spans)
        return list(dict.fromkeys(number for numbers in found for number in numbers))

    return rank


def fuzzy(skills: Sequence[Concept]) -> Rank:
    """Return skills by rapidfuzz's WRatio of text and label."""
    from rapidfuzz import fuzz, process  # type: ignore[import-not-found]  # for this comparison only

    known: dict[str, tuple[list[str], list[int]]] = defaultdict(lambda: ([], []))
    for (language, label), numbers in _labels(skills).items():
        for number in numbers:
            known[language][0].append(label)
            known[language][1].append(number)

    def rank(text: str, language: str) -> Sequence[int]:
        labels, owners = known[language]
        found = process.extract(plain(text), labels, scorer=fuzz.WRatio, limit=400)
        return list(dict.fromkeys(owners[place] for _, _, place in found))[:_MOST]

    return rank


def bm25(skills: Sequence[Concept]) -> Rank:
    """Return skills by BM25 (k1 = 1.2, b = 0.75) of the words of a label, the best label counting."""
    lists: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    sizes: dict[str, list[int]] = defaultdict(list)
    owners: dict[str, list[int]] = defaultdict(list)
    for (language, label), numbers in _labels(skills).items():
        for number in numbers:
            row = len(owners[language])
            owners[language].append(number)
            sizes[language].append(len(label.split()))
            for word, count in Counter(label.split()).items():
                lists[language, word].append((row, count))
    means = {language: float(np.mean(found)) for language, found in sizes.items()}

    def rank(text: str, language: str) -> Sequence[int]:
        scores: dict[int, float] = defaultdict(float)
        total = len(owners[language])
        for word in set(plain(text).split()):
            having = lists.get((language, word), ())
            rarity = math.log(1 + (total - len(having) + 0.5) / (len(having) + 0.5))
            for row, count in having:
                length = 0.25 + 0.75 * sizes[language][row] / means[language]
                scores[row] += rarity * count * 2.2 / (count + 1.2 * length)
        order = sorted(scores, key=lambda row: (-scores[row], row))
        return list(dict.fromkeys(owners[language][row] for row in order[:1000]))[:_MOST]

    return rank


def search(skills: Sequence[Concept], folder: Path) -> Rank:
    """Return skills as the service's own search finds them."""
    things = (
        Indexed(number, "skill", [Passage("alternative" if label.rank else "title", label.text, label.language)
                                  for label in skill.labels])
        for number, skill in enumerate(skills)
    )  # fmt: skip
    build_text_index(folder / "text", things)
    index = TextIndex(folder / "text")
    return lambda text, language: index.search(text, ("skill",), language, _MOST).numbers


def _labels(skills: Sequence[Concept]) -> Mapping[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, skill in enumerate(skills):
        for label in skill.labels:
            if number not in found[label.language, plain(label.text)]:
                found[label.language, plain(label.text)].append(number)
    return found


def calibration(sets: Mapping[str, Sequence[Case]], linker: Linker) -> str:
    """Return how true probabilities are and, at the threshold, how often the first link is right and given."""
    rows = []
    for name, cases in sets.items():
        said, true, first = [], [], []
        for case in cases:
            gold = set(_iris(linker, case))
            found = linker.link(case.text, case.language, limit=5, least=0.0)
            links = [link for link in found.links if link.method != "broader"]
            said += [link.probability for link in links]
            true += [link.concept.iri in gold for link in links]
            if links and links[0].probability >= linker.reranker.threshold:
                first.append(links[0].concept.iri in gold)
        rows.append([name, f"{_error(np.array(said), np.array(true)):.3f}", f"{np.mean(first):.2f}",
                     f"{len(first) / len(cases):.2f}"])  # fmt: skip
    return table(["set", "ECE", "precision at the threshold", "share linked"], rows) + "\n"


def _iris(linker: Linker, case: Case) -> list[str]:
    return [linker.concepts("skill")[number].iri for number in case.gold]


def _error(said: np.ndarray, true: np.ndarray) -> float:
    bins = np.minimum((said * 10).astype(int), 9)
    return float(sum(
        (bins == each).mean() * abs(said[bins == each].mean() - true[bins == each].mean())
        for each in range(10) if (bins == each).any()
    ))  # fmt: skip


def robustness(skills: Sequence[Concept], rank: Rank) -> str:
    """Return, for labels that somebody wrote in another way, how often the skill is among the first ten."""
    chance = random.Random(1)
    rows = []
    for language, before in {"en": "able to", "fi": "osaa", "sv": "kan"}.items():
        known = [(number, skill.label(language)) for number, skill in enumerate(skills)
                 if any(label.language == language for label in skill.labels)]  # fmt: skip
        probes = chance.sample([(n, text) for n, text in known if len(text) > 6], _PROBES)
        hidden = [(n, label.text) for n, skill in enumerate(skills) for label in skill.labels
                  if label.rank == 2 and label.language == language]  # fmt: skip
        ways = {
            "a letter left out": [(n, _without_letter(text, chance)) for n, text in probes],
            "two letters swapped": [(n, _swapped(text, chance)) for n, text in probes],
            "without accents": [(n, folded(text)) for n, text in probes],
            "decomposed": [(n, unicodedata.normalize("NFD", text)) for n, text in probes],
            f"“{before} …”": [(n, f"{before} {text}") for n, text in probes],
            "capitals": [(n, text.upper()) for n, text in probes],
        }
        if language == "en":
            ways["verb with -ing"] = [(n, _ing(text)) for n, text in probes if skills[n].traits[0] == "skill"]
        if hidden:
            ways["hidden label"] = chance.sample(hidden, min(_PROBES, len(hidden)))
        for way, cases in ways.items():
            hits = [number in list(rank(text, language))[:10] for number, text in cases]
            rows.append([language, way, str(len(cases)), f"{np.mean(hits):.2f}"])
    return table(["language", "written", "labels", "hit@10"], rows) + "\n"


def _without_letter(text: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(text) - 1)
    return text[:place] + text[place + 1 :]


def _swapped(text: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(text) - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _ing(text: str) -> str:
    verb, blank, rest = text.partition(" ")
    return verb.removesuffix("e") + "ing" + blank + rest


def detection(sets: Mapping[str, Sequence[Case]], linker: Linker) -> str:
    """Return how often the language of a text is among those that the linker tries."""
    rows = [
        [name, f"{np.mean([case.language in linker.tongues(case.text) for case in cases]):.3f}",
         f"{np.mean([len(linker.tongues(case.text)) for case in cases]):.2f}"]
        for name, cases in sets.items()
    ]  # fmt: skip
    return table(["set", "language found", "languages tried"], rows) + "\n"


def costs(sets: Mapping[str, Sequence[Case]], linker: Linker) -> str:
    """Return times of one text, and phrases a second and memory over many."""
    rows = []
    for name, cases in sets.items():
        times = []
        for case in cases:
            before = time.thread_time()
            linker.link(case.text, case.language)
            times.append((time.thread_time() - before) * 1000)
        rows.append([name, *(f"{np.percentile(times, share):.1f}" for share in (50, 95))])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return table(["set", "p50, ms of processor time", "p95"], rows) + f"\n\npeak memory, all languages: {memory:.0f} MB"


if __name__ == "__main__":
    main()
