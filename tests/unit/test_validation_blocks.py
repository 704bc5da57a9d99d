"""Reading a loader's N-Quads record by record, and what prerequisites make of the records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from service.validation.blocks import outline, read_blocks
from service.validation.loops import Needs, levels, loops, with_needs_of
from tests.support.records import BASE, PREFIXES, record, statement, written


def test_blocks_put_together_are_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, statement("urn:a a urn:B"), record("a"), "# shared\n", record("b"), "# shared\n")
    assert b"".join(block.nquads for block in read_blocks(path)) == path.read_bytes()


def test_statements_before_the_first_mark_belong_to_no_record(tmp_path: Path) -> None:
    first = next(read_blocks(written(tmp_path, statement("urn:a a urn:B"), record("a"))))
    assert (first.iri, first.place) == ("", "")


def test_long_shared_stretch_comes_in_pieces(tmp_path: Path) -> None:
    path = written(tmp_path, "# shared\n", statement("urn:a a urn:B") * 30_000)
    sizes = [len(block.nquads) for block in read_blocks(path)]
    assert len(sizes) > 1
    assert sum(sizes) == path.stat().st_size


def test_block_is_found_again_by_its_offset(tmp_path: Path) -> None:
    path = written(tmp_path, record("a"), record("ä", line=3), record("c"))
    last = list(read_blocks(path))[2]
    assert next(read_blocks(path, last.offset)) == last


def test_place_with_colons_is_kept(tmp_path: Path) -> None:
    text = record("a").replace("courses.csv:2", "http://x.org:80/a.csv:2")
    assert next(read_blocks(written(tmp_path, text))).place == "http://x.org:80/a.csv:2"


def test_comment_inside_a_record_ends_nothing(tmp_path: Path) -> None:
    (block,) = read_blocks(written(tmp_path, record("a") + "# just a remark\n" + statement("urn:a a urn:B")))
    assert block.nquads.endswith(b".\n")


def test_nested_prerequisites_are_all_required(tmp_path: Path) -> None:
    tree = f"""
        {{x}} mc:prerequisite {{x}}#p
        {{x}}#p mc:part {{x}}#p1
        {{x}}#p mc:part {{x}}#p2
        {{x}}#p1 mc:filter {{x}}#f1
        {{x}}#f1 mc:credential {BASE}one
        {{x}}#p2 mc:part {{x}}#p3
        {{x}}#p3 mc:filter {{x}}#f2
        {{x}}#f2 mc:credential {BASE}two
        {{x}}#p3 mc:part {{x}}#p
    """.replace("        ", "")
    (block,) = read_blocks(written(tmp_path, record("a", extra=tree)))
    assert set(outline(block).needs.before) == {BASE + "one", BASE + "two"}


def test_requirement_of_a_programme_is_no_prerequisite(tmp_path: Path) -> None:
    rule = f"\n{{x}} mc:requirement {{x}}#r\n{{x}}#r mc:filter {{x}}#f\n{{x}}#f mc:credential {BASE}one"
    (block,) = read_blocks(written(tmp_path, record("a", extra=rule)))
    assert outline(block).needs == ((), ())
    assert PREFIXES["mc"] + "MicroCredential" in outline(block).types


LOOPS = {
    "none": ({"a": ["b"], "b": ["c"]}, {}),
    "itself": ({"a": ["a"]}, {"a": ("a", "a")}),
    "two": ({"a": ["b"], "b": ["a"], "c": ["a"]}, {"a": ("a", "b", "a"), "b": ("b", "a", "b")}),
    "shortest of two": (
        {"a": ["b", "c"], "b": ["c"], "c": ["a"]},
        {"a": ("a", "c", "a"), "b": ("b", "c", "a", "b"), "c": ("c", "a", "c")},
    ),
    "path between loops": (
        {"a": ["a", "m"], "m": ["z"], "z": ["z"]},
        {"a": ("a", "a"), "z": ("z", "z")},
    ),
}


@pytest.mark.parametrize("case", LOOPS)
def test_every_node_on_a_loop_is_found_and_no_other(case: str) -> None:
    links, expected = LOOPS[case]
    assert loops({node: Needs(before) for node, before in links.items()}) == expected


BESIDE = {
    "mutual corequisites": ({"a": Needs((), ["b"]), "b": Needs((), ["a"])}, {}),
    "before one way and beside the other": (
        {"a": Needs(["b"]), "b": Needs((), ["a"])},
        {"a": ("a", "b", "a"), "b": ("b", "a", "b")},
    ),
    # d is beside a, which never opens: there is no way back to d.
    "beside a loop": (
        {"a": Needs(["b"]), "b": Needs(["a"]), "d": Needs((), ["a"])},
        {"a": ("a", "b", "a"), "b": ("b", "a", "b")},
    ),
    # The short way back from c is beside all along; the one on which something waits goes round by d.
    "longer way that waits": (
        {"c": Needs((), ["e", "d"]), "d": Needs(["f"]), "e": Needs((), ["c"]), "f": Needs((), ["c"])},
        {
            "c": ("c", "d", "f", "c"), "d": ("d", "f", "c", "d"), "f": ("f", "c", "d", "f"),
            "e": ("e", "c", "d", "f", "c", "e"),
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BESIDE)
def test_loop_is_a_way_back_on_which_something_comes_before_something_else(case: str) -> None:
    needs, expected = BESIDE[case]
    assert loops(needs) == expected


def test_loops_are_told_of_those_asked_for_only() -> None:
    assert loops({"a": Needs(["b"]), "b": Needs(["a"])}, {"b"}) == {"b": ("b", "a", "b")}


def test_needs_are_followed_outward_step_by_step_and_asked_for_once() -> None:
    stored = {"s": Needs(["t"]), "t": Needs((), ["u", "s"]), "u": Needs(["a"]), "a": Needs(["w"]), "far": Needs(["a"])}
    asked: list[list[str]] = []

    def ask(iris: Collection[str]) -> Mapping[str, Needs]:
        asked.append(list(iris))
        return {iri: stored[iri] for iri in iris if iri in stored}

    found = with_needs_of({"a": Needs(["s"])}, ask)
    assert asked == [["s"], ["t"], ["u"], ["a"], ["w"]]
    assert {iri: (set(one.before), set(one.beside)) for iri, one in found.items()} == {
        "a": ({"s", "w"}, set()), "s": ({"t"}, set()), "t": (set(), {"u", "s"}), "u": ({"a"}, set()),
    }  # fmt: skip


def test_long_chain_needs_no_recursion() -> None:
    chain = {str(n): [str(n + 1)] for n in range(50_000)}
    assert loops({node: Needs(before) for node, before in chain.items()}) == {}
    assert sum(len(layer) for layer in levels(chain)) == 50_000


def test_layers_put_what_is_required_first() -> None:
    links = {"a": ["b", "c", "elsewhere"], "b": ["c"], "c": ["elsewhere"], "d": ["elsewhere"]}
    assert [set(layer) for layer in levels(links)] == [{"c", "d"}, {"b"}, {"a"}]
