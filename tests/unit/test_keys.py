"""Keys: shown once, kept as checksums, useless as soon as they are revoked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from service.cli.main import app
from service.errors import InvalidArgument, NotFound
from service.settings import Settings
from service.writing.keys import SCOPES, KeyRing

FIRST = "a" * 20


def ring(data: Path, **more: object) -> KeyRing:
    return KeyRing(Settings(data=data, **more))  # type: ignore[arg-type]


def test_a_key_opens_what_it_was_made_for_and_only_its_checksum_is_kept(tmp_path: Path) -> None:
    token = ring(tmp_path).create("platform", ["update", "graphs"], "courses", ["http://uni.example/"])
    key = ring(tmp_path).find(token)
    assert key is not None
    assert (key.scopes, key.graph, key.providers) == (("update", "graphs"), "courses", ("http://uni.example/",))
    assert key.source("http://b.example") == "http://b.example/graph/courses"
    kept = (tmp_path / "keys.json").read_text()
    assert token not in kept
    assert hashlib.sha256(token.encode()).hexdigest() in kept
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_a_ring_that_is_open_sees_new_and_revoked_keys(tmp_path: Path) -> None:
    open_ring = ring(tmp_path)
    assert not open_ring.is_open
    token = ring(tmp_path).create("one", ["update"])
    assert open_ring.find(token) is not None
    ring(tmp_path).revoke("one")
    assert open_ring.find(token) is None
    assert not open_ring.is_open


def test_the_key_of_the_settings_opens_everything(tmp_path: Path) -> None:
    key = ring(tmp_path, write_key=FIRST).find(FIRST)
    assert key is not None
    assert key.scopes == SCOPES


@pytest.mark.parametrize("token", ["", "pinoamo_", "x" * 10_000, "é\ud800"])
def test_an_unknown_key_opens_nothing(tmp_path: Path, token: str) -> None:
    ring(tmp_path).create("one", ["update"])
    assert ring(tmp_path).find(token) is None


def test_a_key_that_is_easy_to_guess_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="20 characters"):
        Settings(data=tmp_path, write_key="secret")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "scopes", "graph", "providers"),
    [
        ("a b", ["update"], "", []),
        ("taken", ["update"], "", []),
        ("PINOAMO_WRITE_KEY", ["update"], "", []),
        ("n", ["everything"], "", []),
        ("n", [], "", []),
        ("n", ["update"], "derived", []),
        ("n", ["update"], "", ["Uni"]),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(
    tmp_path: Path, name: str, scopes: list[str], graph: str, providers: list[str]
) -> None:
    ring(tmp_path).create("taken", ["update"])
    with pytest.raises(InvalidArgument):
        ring(tmp_path).create(name, scopes, graph, providers)


def test_only_a_key_that_there_is_can_be_revoked(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        ring(tmp_path).revoke("nobody")


def test_commands_make_list_and_revoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINOAMO_DATA", str(tmp_path))
    run = CliRunner()
    made = run.invoke(app, ["keys", "create", "night", "--scope", "update", "--graph", "courses"])
    token = made.stdout.strip()
    assert ring(tmp_path).find(token) is not None
    listed = run.invoke(app, ["keys", "list"]).stdout
    assert "night" in listed
    assert token not in listed
    assert run.invoke(app, ["keys", "revoke", "night"]).exit_code == 0
    assert ring(tmp_path).find(token) is None


def test_a_key_has_prefixes_of_its_own_which_are_taken_for_keys_of_other_sources(tmp_path: Path) -> None:
    keys = ring(tmp_path)
    named = keys.find(keys.create("a", ["update"], "a", namespaces=["http://a.example/", "urn:a:"]))
    other = keys.find(keys.create("b", ["update"], "b"))
    assert named is not None
    assert other is not None
    assert named.namespaces == ("http://a.example/", "urn:a:")
    assert (keys.taken(named), keys.taken(other)) == ((), named.namespaces)
    assert keys.yielding("http://b") == {"http://b/graph/a", "http://b/graph/b"}
    with pytest.raises(InvalidArgument, match="--graph"):
        keys.create("c", ["update"], namespaces=["http://a.example/"])
    with pytest.raises(InvalidArgument, match="ends in"):
        keys.create("c", ["update"], "c", namespaces=["http://a.example"])
    keys.revoke("a")
    assert keys.taken(other) == ()
