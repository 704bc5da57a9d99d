"""The settings of a command: read from the environment, or the end of it."""

from __future__ import annotations

import typer
from pydantic import ValidationError

from ..settings import Settings
from .console import say


def settings_from_environment() -> Settings:
    """Return the settings, or end with code 2 naming the setting that is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default; the plugin for mypy is not used
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            say(f"pinoamo: PINOAMO_{name}: {problem['msg'].removeprefix('Value error, ')}", "red")
        raise typer.Exit(2) from error
