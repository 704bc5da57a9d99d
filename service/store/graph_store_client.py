"""Speaks the Graph Store Protocol to a remote engine: puts, adds to and deletes whole graphs."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from ..errors import StoreUnavailable
from ..settings import Settings

_SECONDS, _CONNECT_SECONDS = 600.0, 5.0


class GraphStore:
    """The graphs of an engine, by name. A user and a password answer a digest challenge, a token is a bearer's."""

    def __init__(self, settings: Settings) -> None:
        self._address = settings.store_graphs
        password, token = settings.store_password, settings.store_token
        self._client = httpx.Client(
            auth=httpx.DigestAuth(settings.store_user, password.get_secret_value()) if password else None,
            headers={"Authorization": f"Bearer {token.get_secret_value()}"} if token else None,
            timeout=httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
        )

    def put(self, graph: str, lines: Iterable[bytes]) -> None:
        """Make a graph hold exactly these lines of N-Triples.

        Raises:
            StoreUnavailable: the engine does not answer or refuses; so for the others.
        """
        self._send("PUT", graph, b"".join(lines))

    def add(self, graph: str, lines: Iterable[bytes]) -> None:
        """Add lines of N-Triples to a graph, in one step."""
        self._send("POST", graph, b"".join(lines))

    def delete(self, graph: str) -> None:
        """Delete a graph; one that is not there is no error."""
        self._send("DELETE", graph)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _send(self, method: str, graph: str, body: bytes | None = None) -> None:
        # N-Triples is Turtle, which every engine takes; Virtuoso 7.2 knows no other name for it here.
        headers = {"Content-Type": "text/turtle; charset=utf-8"} if body is not None else {}
        try:
            answer = self._client.request(method, self._address, params={"graph": graph}, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"{self._address} did not answer: {error or type(error).__name__}") from error
        if not answer.is_success and (method, answer.status_code) != ("DELETE", 404):
            reason = " ".join(answer.text.split())[:300]
            raise StoreUnavailable(f"{self._address} refused {method} with {answer.status_code}: {reason}")
