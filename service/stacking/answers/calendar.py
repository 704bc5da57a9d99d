"""Writes the days on which the steps of a plan start as a calendar, RFC 5545."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

MEDIA_TYPE = "text/calendar"


@dataclass(frozen=True, slots=True)
class Start:
    """The day on which a step starts: its name everywhere, the day, what it is called, more of it, its page."""

    uid: str
    day: date
    title: str
    text: str
    url: str


def calendar_of(title: str, starts: Iterable[Start], now: datetime) -> bytes:
    """Return a calendar with one entry of a whole day for each start.

    Args:
        title: what the calendar is called.
        starts: its entries.
        now: when it is written, with its time zone.
    """
    from icalendar import Calendar, Event  # takes a third of a second, and few ask for a calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Pinoamo//plan of studies//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    for start in starts:
        event = Event()
        event.add("uid", start.uid)
        event.add("dtstamp", now)
        event.add("dtstart", start.day)
        event.add("summary", start.title)
        event.add("description", start.text)
        if start.url:
            event.add("url", start.url)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
