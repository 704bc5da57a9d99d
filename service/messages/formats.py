"""Writes numbers, money and days as each language of the pages does, by CLDR, and chooses its plural forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

LOCALES: Mapping[str, str] = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
"""Each language as it is written where the pages are read first: Swedish is Finland's."""

_LONGEST = 40


def number_words(value: Decimal | float | str, language: str) -> str:
    """Return a number with every digit that it has: `7,5` and `1 360` in Finnish and Swedish.

    A text that is no number is returned as it is: data may hold anything.
    """
    exact = _exact(value)
    if exact is None:
        return str(value)
    return format_decimal(exact, locale=_locale(language), decimal_quantization=False)


def money_words(amount: Decimal | float | str, currency: str, language: str) -> str:
    """Return an amount of money; `currency` is a code of ISO 4217. Whole amounts have no decimals: `75 €`.

    Without a code, or a number, what is there is returned as it is.
    """
    exact = _exact(amount)
    if exact is None or not currency:
        return f"{number_words(amount, language)} {currency}".strip()
    locale = _locale(language)
    pattern = locale.currency_formats["standard"].pattern
    if exact == exact.to_integral_value():
        pattern = pattern.replace(".00", "")
    return format_currency(exact, currency, pattern, locale=locale, currency_digits=False)


def day_words(day: str, language: str) -> str:
    """Return a day, given as ISO 8601, such as `26.10.2026`; a text that begins with no day is returned as it is."""
    try:
        found = date.fromisoformat(day[:10])
    except ValueError:
        return day
    return format_date(found, "medium", locale=_locale(language))


def plural_form(count: Decimal | float | str, language: str) -> str:
    """Return the plural category of CLDR that a number takes: `one` or `other`."""
    exact = _exact(count)
    category: str = "other" if exact is None else _locale(language).plural_form(abs(exact))
    return category


def _exact(value: Decimal | float | str) -> Decimal | None:
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return None
    # Longer ones would be written out digit by digit.
    return exact if exact.is_finite() and abs(exact.adjusted()) < _LONGEST else None


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES[language])
