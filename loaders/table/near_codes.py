"""Finds the code that a source most likely means by a word of its own, to be read and corrected by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property

from ..codes import CodeLists
from ..vocabulary import SCHEMES

# What the lists do not call their concepts, but catalogues do. Levels of bachelor, master and doctor: Qualifications
# Frameworks of the European Higher Education Area and EQF Recommendation 2017/C 189/03, Annex II.
_OTHER_NAMES: Mapping[str, Mapping[str, str]] = {
    "country": {
        "scotland": "GB", "england": "GB", "wales": "GB", "northern ireland": "GB", "uk": "GB", "great britain": "GB",
        "usa": "US", "united states of america": "US", "holland": "NL", "italia": "IT", "deutschland": "DE",
        "österreich": "AT", "españa": "ES", "sverige": "SE", "danmark": "DK", "norge": "NO",
    },
    "language": {
        "italiano": "it", "inglese": "en", "francese": "fr", "tedesco": "de", "spagnolo": "es", "deutsch": "de",
        "englisch": "en", "französisch": "fr", "français": "fr", "anglais": "en", "español": "es", "inglés": "en",
        "dansk": "da", "norsk": "no", "nederlands": "nl", "português": "pt", "polski": "pl", "eesti": "et",
    },
    "level": {
        "bachelor": "6", "undergraduate": "6", "laurea": "6", "licence": "6", "kandidaatti": "6", "kandidat": "6",
        "master": "7", "postgraduate": "7", "laurea magistrale": "7", "maisteri": "7", "magister": "7",
        "doctorate": "8", "doctoral": "8", "phd": "8", "dottorato": "8",
    },
    "mode": {
        "in person": "onsite", "in-person": "onsite", "face to face": "onsite", "face-to-face": "onsite",
        "on campus": "onsite", "classroom": "onsite", "in presenza": "onsite", "distance": "online",
        "distance learning": "online", "remote": "online", "a distanza": "online", "etäopetus": "online",
        # The types of delivery of Italian study programmes (decree DM 635/2016, annex 4).
        "convenzionale": "onsite", "modalità mista": "blended", "integralmente a distanza": "online",
    },
    "assessment": {
        "written exam": "written-examination", "written test": "written-examination",
        "esame scritto": "written-examination", "prova scritta": "written-examination",
        "test scritto": "written-examination", "esame finale scritto": "written-examination",
        "oral exam": "oral-examination", "esame orale": "oral-examination", "prova orale": "oral-examination",
        "colloquio orale": "oral-examination", "interrogazione orale": "oral-examination",
        "verifica orale": "oral-examination", "coursework": "marked-assignment", "essay": "marked-assignment",
        "assignment": "marked-assignment", "project": "project-work", "progetto": "project-work",
        "multiple choice": "quiz", "practical exam": "practical-assessment",
        "scritto": "written-examination", "scritta": "written-examination", "orale": "oral-examination",
        "written": "written-examination", "oral": "oral-examination", "schriftlich": "written-examination",
        "mündlich": "oral-examination", "skriftlig": "written-examination", "muntlig": "oral-examination",
        "kirjallinen": "written-examination", "suullinen": "oral-examination", "escrito": "written-examination",
    },
}  # fmt: skip
# Levels of Scotland by its referencing to the EQF (SCQF Partnership, 2008).
_SCQF = {1: 0, 2: 0, 3: 1, 4: 2, 5: 3, 6: 4, 7: 5, 8: 5, 9: 6, 10: 6, 11: 7, 12: 8}
_SCQF_LEVEL = re.compile(r"\bscqf\D{0,10}([0-9]{1,2})\b")
_EQF_LEVEL = re.compile(r"\b(?:eqf|eqf level|level|livello|niveau|taso|nivå|qeq|cec)\W{0,3}([1-8])\b")
# Italian scientific sectors (decree DM 855/2015), such as IUS/04, by how they begin. The fields beside them are ours.
_ITALIAN_SECTORS: Mapping[str, str] = {
    "agr": "0811", "bio": "0511", "chim": "0531", "fis": "0533", "geo": "0532", "icar": "0731", "inf": "0613",
    "ing-ind": "0715", "ing-inf": "0714", "ing-inf/05": "0613", "ius": "0421", "l-ant": "0222", "l-art": "0213",
    "l-art/07": "0215", "l-art/08": "0215", "l-fil-let": "0232", "l-lin": "0231", "l-or": "0231", "m-dea": "0314",
    "m-edf": "1014", "m-fil": "0223", "m-ggr": "0314", "m-ped": "0111", "m-psi": "0313", "m-sto": "0222", "mat": "0541",
    "med": "0912", "secs-p": "0311", "secs-p/07": "0411", "secs-p/08": "0413", "secs-p/11": "0412", "secs-s": "0542",
    "sps": "0314", "sps/02": "0312", "sps/04": "0312", "sps/06": "0312", "vet": "0841",
}  # fmt: skip
_SECTOR = re.compile(r"([a-z]+(?:-[a-z]+)*)/[0-9]{2}")
_SHORTEST_IN_TEXT = 4
_LEAST_LIKENESS = 0.75
_SEVERAL = ("assessment", "language")


class NearCodes:
    """The codes of one list, and all that they are called."""

    def __init__(self, codes: CodeLists, scheme: str) -> None:
        """Take a key of `SCHEMES`."""
        self.scheme = scheme
        self.scheme_iri = SCHEMES[scheme]
        notations = codes.notations.get(SCHEMES[scheme], ())
        self._code_of = {codes.find(SCHEMES[scheme], word): word for word in notations}
        self._names: dict[str, str] = {}
        for (where, name), concept in codes.concepts.items():
            if where == SCHEMES[scheme] and not name.startswith("http") and concept in self._code_of:
                self._names[name] = self._code_of[concept]
        known = set(self._code_of.values())
        for name, code in _OTHER_NAMES.get(scheme, {}).items():
            if code in known:
                self._names.setdefault(name, code)

    def nearest(self, word: str) -> str:
        """Return the code, or several with `|` between them, that a word likely means; empty when none is near."""
        text = " ".join(word.split()).casefold()
        if self.scheme == "level" and (code := self._level(text)):
            return code
        if self.scheme == "field" and (sector := _SECTOR.fullmatch(text)):
            return _ITALIAN_SECTORS.get(text, _ITALIAN_SECTORS.get(sector[1], ""))
        if text in self._names:
            return self._names[text]
        if inside := list(dict.fromkeys(self._names[found] for found in self._inside.findall(text))):
            return "|".join(inside) if self.scheme in _SEVERAL else inside[0]
        found = get_close_matches(text, self._names, 1, _LEAST_LIKENESS) if len(text) <= 60 else []
        return self._names[found[0]] if found else ""

    def _level(self, text: str) -> str:
        if scottish := _SCQF_LEVEL.search(text):
            code = str(_SCQF.get(int(scottish[1]), 0))
        else:
            european = _EQF_LEVEL.search(text)
            code = european[1] if european else ""
        return code if code in self._names else ""

    @cached_property
    def _inside(self) -> re.Pattern[str]:
        names = sorted((name for name in self._names if len(name) >= _SHORTEST_IN_TEXT), key=len, reverse=True)
        return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)" if names else r"(?!)")
