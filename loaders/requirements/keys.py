"""Reads a mapping of a requirement file by its keys, and reports an unknown key with the nearest right one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from ..codes import CodeLists
from ..identifiers import InvalidTag, Names, is_identifier, is_web_iri, mended_tag
from ..report import Report
from ..vocabulary import ESCO_SKILL, ISCED_F, SCHEMES
from .words import Unreadable, canonical, nearest
from .yaml_nodes import Fields, Node, Scalar, texts_of

T = TypeVar("T")

_MOST_CHARACTERS = 500
_ESCO_ID = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+){4}")


class Notes:
    """Reports on one file; `refused` counts, so that whoever reads a thing can tell whether it came through whole."""

    def __init__(self, report: Report, source: str) -> None:
        self._report = report
        self.source = source
        self.refused = 0

    def refuse(self, node: Node, field: str, message: str) -> None:
        """Report an error; what it is about is not written."""
        self.refused += 1
        self._report.error(self.source, node.line, field, message)

    def leave_out(self, node: Node, field: str, message: str) -> None:
        """Report an error that costs a text alone: what it is about is written without it."""
        self._report.left_out("error", self.source, node.line, field, f"{message}; the text is left out")

    def warn(self, node: Node, field: str, message: str) -> None:
        """Report what should be looked at."""
        self._report.warning(self.source, node.line, field, message)


class Meaning:
    """What names, texts and codes in a file stand for.

    `skills` are names given to ESCO skills at the top of the file; `text_language` is the language of texts that do not
    say theirs, empty when the file does not say it either.
    """

    def __init__(self, notes: Notes, names: Names, codes: CodeLists) -> None:
        self.notes = notes
        self.names = names
        self.skills: dict[str, str] = {}
        self.text_language = ""
        self._codes = codes

    def read(self, value: Node, field: str, form: Callable[[str], T]) -> T | None:
        """Return what `form` makes of a text, or None with a report."""
        if not isinstance(value, Scalar) or value.is_null:
            self.notes.refuse(value, field, "one value is needed")
            return None
        try:
            return form(value.text.strip())
        except Unreadable as error:
            self.notes.refuse(value, field, str(error))
            return None

    def each(self, value: Node, field: str, form: Callable[[str], T]) -> list[T]:
        """Return what `form` makes of a text or of each text in a list."""
        texts = texts_of(value)
        if not texts:
            self.notes.refuse(value, field, "a value or a list of values is needed")
            return []
        found = (self.read(text, field, form) for text in texts)
        return [each for each in dict.fromkeys(found) if each is not None]

    def texts(self, value: Node, field: str) -> dict[str, str]:
        """Return a text by language: written under language tags, or plain in the language of the file's texts."""
        if isinstance(value, Scalar) and not value.is_null:
            if not self.text_language:
                self.notes.refuse(
                    value, field, f"say the language: {field}: {{en: …}}, or once for the file: text language: en"
                )
                return {}
            return {self.text_language: value.text.strip()}
        if not isinstance(value, Fields) or not value.entries:
            self.notes.refuse(value, field, "a text is needed, or texts under language tags such as en, fi, sv")
            return {}
        found: dict[str, str] = {}
        for tag, text in value.entries:
            language = self._tag(tag, field)
            if not language:
                continue
            if not isinstance(text, Scalar) or text.is_null:
                self.notes.refuse(tag, field, f"the text in {tag.text} is missing")
            else:
                found.setdefault(language, text.text.strip())
        if not found:
            self.notes.refuse(value, field, "texts are needed under language tags such as en, fi, sv")
        return found

    def _tag(self, tag: Scalar, field: str) -> str:
        """Return a language tag, mended where that is possible; empty for one that costs its text."""
        try:
            mended = mended_tag(tag.text)
        except InvalidTag:
            self.notes.leave_out(tag, field, f"must be a language tag such as en, fi or sv, got {tag.text[:50]!r}")
            return ""
        if mended != tag.text:
            self.notes.warn(tag, field, f"the language tag {tag.text!r} is read as {mended!r} (BCP 47)")
        return mended.lower()

    def credential(self, text: str) -> str:
        """Return the IRI of a micro-credential."""
        return self.names.credential(identifier(text))

    def programme(self, text: str) -> str:
        """Return the IRI of a programme or module."""
        return self.names.programme(identifier(text))

    def organisation(self, text: str) -> str:
        """Return the IRI of an organisation."""
        return self.names.organisation(identifier(text))

    def skill(self, text: str) -> str:
        """Return the IRI of an ESCO skill: by the name the file gives it, its IRI, or the last part of that."""
        if text.casefold() in self.skills:
            return self.skills[text.casefold()]
        if is_web_iri(text):
            return text
        if _ESCO_ID.fullmatch(text):
            return ESCO_SKILL + text
        hint = nearest(text.casefold(), self.skills)
        raise Unreadable(
            f"must be a name under `skills:`, or the id or address of an ESCO skill, got {text[:80]!r}{hint}"
        )

    def field(self, text: str) -> str:
        """Return the IRI of an ISCED-F field."""
        found = self._codes.find_field(text.removeprefix(ISCED_F))
        if found is None:
            raise Unreadable(f"{text[:50]!r} is not one of: {self._codes.words(SCHEMES['field'])}")
        return found

    def code(self, scheme: str) -> Callable[[str], str]:
        """Return what finds the concept of a code list by its word."""

        def find(text: str) -> str:
            found = self._codes.find(SCHEMES[scheme], text)
            if found is None:
                raise Unreadable(f"{text[:50]!r} is not one of: {self._codes.words(SCHEMES[scheme])}")
            return found

        return find


def identifier(text: str) -> str:
    """Return a text that can name a thing.

    Raises:
        Unreadable: it cannot end an address, or is a sentence rather than an identifier.
    """
    if not is_identifier(text) or len(text) > _MOST_CHARACTERS or any(character.isspace() for character in text):
        raise Unreadable(f"must be an identifier or address without blanks, got {text[:50]!r}")
    return text


class Entries:
    """The entries of a mapping by canonical key; unknown and repeated keys are reported at once."""

    def __init__(
        self, node: Fields, known: Collection[str], notes: Notes, what: str, patterns: Collection[str] = ()
    ) -> None:
        self.node = node
        self._values: dict[str, tuple[Scalar, Node]] = {}
        for key, value in node.entries:
            word = canonical(key.text)
            if word in self._values:
                first = self._values[word][0]
                notes.refuse(key, key.text, f"says the same as {first.text!r} in line {first.line}; keep one")
            elif word in known or any(word.endswith(each) for each in patterns):
                self._values[word] = key, value
            else:
                notes.refuse(key, key.text[:50], f"is no key of {what}{nearest(word, known)}")

    @property
    def keys(self) -> Mapping[str, Scalar]:
        """The keys that are there, with their places."""
        return {word: key for word, (key, _) in self._values.items()}

    def get(self, word: str) -> Node | None:
        """Return the value of a key; None when it is not there."""
        found = self._values.get(word)
        return None if found is None else found[1]
