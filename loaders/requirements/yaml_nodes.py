"""Reads YAML as nodes that know their line: every value is text, no tag builds anything, nothing unfolds without end.

The one door of the loaders to PyYAML: its parser gives events, the nodes are made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import yaml

from ..report import SourceError
from ..sources import Member

KINDS = ("yaml", "yml")
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_TEXT = 20_000
MAX_DEPTH = 500
MAX_NODES = 200_000
_NULLS = ("", "~", "null", "Null", "NULL")
_PLAIN_TAG = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, as it is written: `0613`, `no` and `7,5` stay what they are. `is_null`: nothing is written, or `~`."""

    line: int
    text: str
    is_null: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping from texts; its keys keep their order and their lines."""

    line: int
    entries: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Items | Fields


class _Mark(Protocol):
    line: int


class _Event(Protocol):
    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


@dataclass(slots=True)
class _Open:
    """A list or mapping of which the end has not come."""

    line: int
    is_mapping: bool
    anchor: str | None
    nodes: list[Node]
    size: int = 1


def read_documents(member: Member) -> Iterator[Node]:
    """Yield the documents of a YAML file.

    Raises:
        SourceError: too large, not UTF-8, not YAML, a key that stands twice, a tag, an alias within what it names, or
            aliases that unfold to more nodes than any real file has; with the line.
    """
    text = _text(member)
    try:
        yield from _Composer(member.name).documents(yaml.parse(text, Loader=_loader()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = " ".join(filter(None, (error.context, error.problem)))
        raise SourceError(f"not YAML: {words}", member.name, mark.line + 1 if mark else 0) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SourceError(f"not YAML: {error.reason}", member.name, line) from error


def _loader() -> type[yaml.SafeLoader]:
    # The parser in C where PyYAML has it: the same events, many times as fast.
    return cast(type[yaml.SafeLoader], getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _text(member: Member) -> str:
    with member.open() as stream:
        raw = stream.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise SourceError(f"a YAML file may have {MAX_FILE_BYTES >> 20} MiB; split it", member.name)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise SourceError(message, member.name, line) from error


class _Composer:
    def __init__(self, source: str) -> None:
        self._source = source
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._stack: list[_Open] = []
        self._root: Node | None = None

    def documents(self, events: Iterator[object]) -> Iterator[Node]:
        for found in events:
            event = cast(_Event, found)
            line = event.start_mark.line + 1
            match found:
                case yaml.DocumentStartEvent():
                    self._anchors, self._root = {}, None
                case yaml.DocumentEndEvent() if self._root is not None:
                    yield self._root
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._begin(event, isinstance(found, yaml.MappingStartEvent), line)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end()
                case yaml.ScalarEvent():
                    self._add(self._scalar(event, line), 1, event.anchor)
                case yaml.AliasEvent():
                    self._alias(event.anchor or "", line)

    def _begin(self, event: _Event, is_mapping: bool, line: int) -> None:
        self._refuse_tag(event, line)
        if len(self._stack) >= MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} levels deep", line)
        self._stack.append(_Open(line, is_mapping, event.anchor, []))

    def _end(self) -> None:
        done = self._stack.pop()
        node = self._fields(done) if done.is_mapping else Items(done.line, tuple(done.nodes))
        self._add(node, done.size, done.anchor)

    def _fields(self, done: _Open) -> Fields:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(done.nodes[::2], done.nodes[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise self._error("a key must be text, not a list or mapping", key.line)
            if key.text in entries:
                first = entries[key.text][0].line
                raise self._error(f"the key {key.text[:50]!r} stands in line {first} already", key.line)
            entries[key.text] = key, value
        return Fields(done.line, tuple(entries.values()))

    def _scalar(self, event: _Event, line: int) -> Scalar:
        self._refuse_tag(event, line)
        if len(event.value) > MAX_TEXT:
            raise self._error(f"a text of {len(event.value):,} characters; {MAX_TEXT:,} are allowed", line)
        return Scalar(line, event.value, not event.style and event.value in _NULLS)

    def _alias(self, name: str, line: int) -> None:
        if any(level.anchor == name for level in self._stack):
            raise self._error(f"the alias *{name} stands within what it names", line)
        if name not in self._anchors:
            raise self._error(f"the alias *{name} names nothing above it", line)
        node, size = self._anchors[name]
        self._add(node, size, None)

    def _add(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node, size
        if not self._stack:
            self._root = node
            return
        above = self._stack[-1]
        above.nodes.append(node)
        above.size += size
        if above.size > MAX_NODES:
            raise self._error(f"more than {MAX_NODES:,} values, aliases unfolded; split the file", above.line)

    def _refuse_tag(self, event: _Event, line: int) -> None:
        if event.tag not in (None, "!", _PLAIN_TAG):
            raise self._error(f"the tag {event.tag} is not read", line)

    def _error(self, message: str, line: int) -> SourceError:
        return SourceError(message, self._source, line)


def texts_of(node: Node) -> Sequence[Scalar] | None:
    """Return the texts of a text or of a list of texts; None for anything else."""
    values = node.values if isinstance(node, Items) else (node,)
    found = [value for value in values if isinstance(value, Scalar) and not value.is_null]
    return found if len(found) == len(values) else None
