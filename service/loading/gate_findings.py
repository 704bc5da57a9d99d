"""The findings that the gate adds to those of the shapes, with their words in three languages."""

from __future__ import annotations

from ..catalogue.records import Labels
from ..validation.findings import Finding
from ..validation.results import Severity

Kind = tuple[str, Severity, Labels, Labels]
"""Element, severity, what is the case, what to do; {0} is the value."""

LOOP: Kind = (
    "O1", "violation",
    {"en": "The prerequisites run in a circle: {0}", "fi": "Edellytykset kiertävät kehää: {0}",
     "sv": "Förkunskapskraven går i en cirkel: {0}"},
    {"en": "Remove the circle.", "fi": "Poista kehä.", "sv": "Ta bort cirkeln."},
)  # fmt: skip
REFUSED: Kind = (
    "O1", "warning",
    {"en": "A prerequisite was refused: {0}", "fi": "Edellytys hylättiin: {0}",
     "sv": "Ett förkunskapskrav avvisades: {0}"},
    {"en": "Correct the record that was refused.", "fi": "Korjaa hylätty tietue.",
     "sv": "Rätta posten som avvisades."},
)  # fmt: skip
TWICE: Kind = (
    "record", "violation",
    {"en": "Another record has the same identifier: {0}", "fi": "Toisella tietueella on sama tunniste: {0}",
     "sv": "En annan post har samma identifierare: {0}"},
    {"en": "Give each record an identifier of its own.", "fi": "Anna kullekin tietueelle oma tunniste.",
     "sv": "Ge varje post en egen identifierare."},
)  # fmt: skip
DESCRIBED_ELSEWHERE: Kind = (
    "record", "violation",
    {"en": "Another source describes it already: {0}", "fi": "Toinen lähde kuvaa sen jo: {0}",
     "sv": "En annan källa beskriver den redan: {0}"},
    {"en": "Give it an identifier of its own, or remove the other source.",
     "fi": "Anna sille oma tunniste tai poista toinen lähde.",
     "sv": "Ge den en egen identifierare eller ta bort den andra källan."},
)  # fmt: skip
NOT_OWN: Kind = (
    "record", "violation",
    {"en": "The source may not say this: {0}", "fi": "Lähde ei saa sanoa tätä: {0}",
     "sv": "Källan får inte säga detta: {0}"},
    {"en": "Leave the statement out, repeat what is known already, or have the prefix registered for the key.",
     "fi": "Jätä väittämä pois, toista jo tunnettu tieto tai rekisteröi etuliite avaimelle.",
     "sv": "Utelämna påståendet, upprepa det som redan är känt eller låt registrera prefixet för nyckeln."},
)  # fmt: skip
NOT_OWN_SHARED: Kind = ("record", "warning", NOT_OWN[2], NOT_OWN[3])
GAVE_WAY: Kind = (
    "record", "violation",
    {"en": "What the operator loaded describes it now: {0}", "fi": "Ylläpitäjän lataama aineisto kuvaa sen nyt: {0}",
     "sv": "Det som driftsansvarig har läst in beskriver den nu: {0}"},
    {"en": "Give it an identifier of its own, and send it again.",
     "fi": "Anna sille oma tunniste ja lähetä se uudelleen.",
     "sv": "Ge den en egen identifierare och skicka den på nytt."},
)  # fmt: skip
NAME: Kind = (
    "record", "violation",
    {"en": "The identifier cannot be used: {0}", "fi": "Tunnistetta ei voi käyttää: {0}",
     "sv": "Identifieraren kan inte användas: {0}"},
    {"en": "Write it with http, https, urn or did, in the normal form of RFC 3986.",
     "fi": "Kirjoita se skeemalla http, https, urn tai did RFC 3986:n normaalimuodossa.",
     "sv": "Skriv den med http, https, urn eller did i normalform enligt RFC 3986."},
)  # fmt: skip
OWNERLESS: Kind = (
    "T9", "warning",
    {"en": "Nothing is known of what this requirement is for: {0}",
     "fi": "Siitä, mitä vaatimus koskee, ei tiedetä mitään: {0}",
     "sv": "Inget är känt om det som kravet gäller: {0}"},
    {"en": "Correct its identifier, or load its description first.",
     "fi": "Korjaa sen tunniste tai tuo ensin sen kuvaus palveluun.",
     "sv": "Rätta dess identifierare eller läs först in dess beskrivning."},
)  # fmt: skip
STATED: Kind = (
    "O1", "violation",
    {"en": "Another source states its prerequisites already: {0}",
     "fi": "Toinen lähde ilmoittaa jo sen edellytykset: {0}",
     "sv": "En annan källa anger redan dess förkunskapskrav: {0}"},
    {"en": "State the prerequisites in one place.", "fi": "Ilmoita edellytykset yhdessä paikassa.",
     "sv": "Ange förkunskapskraven på ett ställe."},
)  # fmt: skip
STATED_BESIDE: Kind = (
    "O1", "violation",
    {"en": "Another source states its corequisites already: {0}",
     "fi": "Toinen lähde ilmoittaa jo sen samanaikaiset edellytykset: {0}",
     "sv": "En annan källa anger redan dess samtidiga krav: {0}"},
    {"en": "State the corequisites in one place.", "fi": "Ilmoita samanaikaiset edellytykset yhdessä paikassa.",
     "sv": "Ange de samtidiga kraven på ett ställe."},
)  # fmt: skip
ILL_TYPED: Kind = (
    "record", "violation",
    {"en": "A value is none of its datatype: {0}", "fi": "Arvo ei ole tietotyyppinsä mukainen: {0}",
     "sv": "Ett värde hör inte till sin datatyp: {0}"},
    {"en": "Write it as XML Schema 1.1 has it.", "fi": "Kirjoita se XML Schema 1.1:n mukaisesti.",
     "sv": "Skriv det enligt XML Schema 1.1."},
)  # fmt: skip
ILL_TYPED_SHARED: Kind = ("record", "warning", ILL_TYPED[2], ILL_TYPED[3])
UNDEFINED: Kind = (
    "record", "violation",
    {"en": "The profile {0} makes nothing mandatory, so it does not define a micro-credential",
     "fi": "Profiili {0} ei vaadi mitään, joten se ei määrittele pientä osaamiskokonaisuutta",
     "sv": "Profilen {0} kräver ingenting, så den definierar inte en mikromerit"},
    {"en": "Hold it to a profile that does, such as eu.",
     "fi": "Käytä profiilia, joka määrittelee sen, esimerkiksi eu.",
     "sv": "Använd en profil som gör det, till exempel eu."},
)  # fmt: skip
UNREADABLE: Kind = (
    "record", "violation",
    {"en": "The statements cannot be read: {0}", "fi": "Väittämiä ei voi lukea: {0}",
     "sv": "Påståendena kan inte läsas: {0}"},
    {"en": "Load the source again.", "fi": "Tuo aineisto palveluun uudelleen.", "sv": "Läs in källan på nytt."},
)  # fmt: skip


def own_finding(kind: Kind, node: str, value: str) -> Finding:
    """Return a finding of a kind about a node."""
    element, severity, message, fix = kind
    words = {language: text.format(value) for language, text in message.items()}
    return Finding(element, node, "violated", severity, value, words, "", fix, "")
