"""The `keys` commands: make, list and revoke the keys of the write interfaces."""

from __future__ import annotations

from typing import Annotated

import typer

from .configuration import settings_from_environment
from .console import say

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keys that open the write interfaces.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name for the audit log.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="credentials:write, programmes:write, providers:write, imports:write, update, graphs; may be repeated."
        ),
    ],
    graph: Annotated[str, typer.Option(help="The one source the key may write to; default: api.")] = "",
    provider: Annotated[
        list[str] | None, typer.Option(help="IRI of an awarding body it may write about; default: all.")
    ] = None,
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREFIX",
            help="Start of IRIs that are its own, such as https://uni.example/ ; needs --graph, may be repeated.",
        ),
    ] = None,
) -> None:
    """Make a key. It is shown now and never again: only a checksum of it is kept."""
    from ..writing.keys import KeyRing

    token = KeyRing(settings_from_environment()).create(name, scope, graph, provider or (), namespace or ())
    say(f"The key {name}, to be sent as `Authorization: Bearer …`; keep it safe, it is not shown again:")
    typer.echo(token)


@app.command("list")
def list_keys() -> None:
    """List the keys: name, scopes, source, providers, namespaces, whether revoked."""
    from rich.table import Table

    from ..writing.keys import KeyRing
    from .read import table_console

    table = Table("name", "scopes", "source", "providers", "namespaces", "created", "revoked", box=None)
    for key in KeyRing(settings_from_environment()).every():
        table.add_row(
            key.name, ", ".join(key.scopes), key.graph or "any", ", ".join(key.providers) or "any",
            ", ".join(key.namespaces), key.created, key.revoked or "",
        )  # fmt: skip
    table_console().print(table, markup=False)


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="Name of the key.")]) -> None:
    """Make a key useless from the next request on, without a restart."""
    from ..writing.keys import KeyRing

    KeyRing(settings_from_environment()).revoke(name)
    say(f"Revoked {name}.")
