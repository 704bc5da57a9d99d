"""The command that serves until it is interrupted."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from ..errors import InvalidArgument
from ..settings import Settings
from .configuration import settings_from_environment
from .console import say
from .public_address import check_address, other_addresses
from .work import has_release, is_empty, publish_demo, publish_nothing, rebase_demo

app = typer.Typer(rich_markup_mode=None)

_BACKLOG = 2048


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that run SPARQL of the public.")] = None,
    demo_if_empty: Annotated[
        bool, typer.Option("--demo-if-empty", help="First the demo, when nothing is loaded and nothing serves.")
    ] = False,
) -> None:
    """Serve the current release until interrupted; where nothing is loaded, an empty catalogue."""
    settings = settings_from_environment()
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    with _listening(host, port) as listener:
        if demo_if_empty and other_addresses(settings):
            rebase_demo(settings)
        check_address(settings)
        if demo_if_empty and is_empty(settings):
            publish_demo(settings)
        if not has_release(settings):
            publish_nothing(settings)
        _serve(settings, listener, f"http://{f'[{host}]' if ':' in host else host}:{port}")


def _serve(settings: Settings, listener: socket.socket, address: str) -> None:
    from ..server import announce, serve

    words = f"Serving on {address} (stop with Ctrl-C)"
    # A log as JSON has a line of its own for that: every line can be read by the same program.
    serve(settings, listener, announce(words) if settings.log_format == "json" else lambda: say(words))


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens: a port that is taken is found before anything is opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except socket.gaierror as error:
        raise InvalidArgument(f"cannot listen on {host}: {error.strerror}") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InvalidArgument(f"cannot listen on {host}, port {port}: {reason}") from error
