"""The commands of docs/scaling.md and the unit, run in a temporary root as an ordinary user."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.documented_commands import commands
from tests.support.engines import free_port
from tests.support.installation import build_wheel, install
from tests.support.server_processes import wait_until

pytestmark = pytest.mark.system

GUIDE = list(commands(ROOT / "docs" / "scaling.md"))
_FIRST = next(number for number, command in enumerate(GUIDE) if command.startswith("useradd"))
_ENABLED = next(number for number, command in enumerate(GUIDE) if command.startswith("systemctl enable"))
_LAST = next(number for number, command in enumerate(GUIDE) if command.endswith(" publish"))
PLACES = ("/opt/pinoamo", "/var/lib/pinoamo", "/etc/")
# What an ordinary user cannot do, or what needs a network, is done by these: they say what they were asked.
STANDING_IN = {
    "useradd": "exit 0",
    "systemctl": "exit 0",
    "python3": 'mkdir -p "$3" && cp -a "$PREPARED/." "$3"',
    "sudo": 'shift 2; exec "$@"',
}


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A folder that stands for `/`, which an ordinary user may enter: those of pytest are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="root-of-pinoamo-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def moved(text: str, root: Path) -> str:
    for place in PLACES:
        text = text.replace(place, f"{root}{place}")
    return text


def ordinary_user() -> dict[str, int]:
    """Return who runs it: whoever runs the tests, or nobody special in the place of root."""
    if os.getuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


@pytest.fixture(scope="module")
def machine(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the operator's shell: what is prepared, and the programs that stand in for others."""
    prepared = root / "prepared"
    install(build_wheel(tmp_path_factory.mktemp("wheel")), prepared)
    script = f"#!{root}/opt/pinoamo/bin/python\nfrom pinoamo.service.cli.main import main\n\nmain()\n"
    for name, text in (("pinoamo", script), ("pip", '#!/bin/sh\necho pip "$@" >> "$ASKED"\n')):
        (prepared / "bin" / name).write_text(text)
        (prepared / "bin" / name).chmod(0o755)
    programs = root / "programs"
    programs.mkdir()
    for name, text in STANDING_IN.items():
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "$ASKED"\n{text}\n')
        (programs / name).chmod(0o755)
    for place in ("opt", "etc/systemd/system", "var/lib"):
        (root / place).mkdir(parents=True)
    shutil.copyfile(ROOT / "data" / "templates" / "courses.csv", root / "courses.csv")
    for path in (root, *root.rglob("*")):
        if ordinary_user() and not path.is_symlink():
            os.chown(path, ordinary_user()["user"], ordinary_user()["group"])
    asked = root / "asked"
    return {"PATH": f"{programs}:/usr/bin:/bin", "PREPARED": str(prepared), "ASKED": str(asked), "HOME": str(root)}


def typed(command: str, root: Path, machine: dict[str, str]) -> None:
    text = moved(command, root).replace(" deploy/", f" {ROOT}/deploy/").replace(" courses.csv", f" {root}/courses.csv")
    done = subprocess.run(
        ["bash", "-ec", text], cwd=root, env=machine, capture_output=True, text=True, check=False, **ordinary_user()
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def unit_of(root: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the lines of the unit that was copied, by name, and the environment that systemd makes of them."""
    text = moved((root / "etc/systemd/system/pinoamo.service").read_text("utf-8"), root)
    lines: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        lines.setdefault(name, []).append(value)
    environment = dict(line.split("=", 1) for line in lines["Environment"])
    for file in lines["EnvironmentFile"]:
        text = Path(file.removeprefix("-")).read_text("utf-8")
        environment |= dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return lines, environment


@pytest.mark.slow
def test_what_the_guide_says_makes_a_service_with_own_data(root: Path, machine: dict[str, str]) -> None:
    for command in GUIDE[_FIRST : _ENABLED + 1]:
        typed(command, root, machine)
    asked = (root / "asked").read_text("utf-8")
    assert "pip install --require-hashes -r requirements.lock" in asked
    assert "systemctl enable --now pinoamo" in asked
    assert stat.S_IMODE((root / "etc/pinoamo.env").stat().st_mode) == 0o600  # it may hold a key
    unit, environment = unit_of(root)
    for name, mode in zip(unit["StateDirectory"], unit["StateDirectoryMode"], strict=True):
        folder = root / "var/lib" / name  # as systemd makes it
        folder.mkdir(int(mode, 8))
        if ordinary_user():
            os.chown(folder, ordinary_user()["user"], ordinary_user()["group"])
    port = free_port()
    [line] = unit["ExecStart"]
    [umask] = unit["UMask"]
    server = subprocess.Popen(
        shlex.split(line.replace("--port 8000", f"--port {port}")), cwd=unit["WorkingDirectory"][0],
        env={"PATH": "/usr/bin:/bin", **environment}, stderr=subprocess.PIPE, umask=int(umask, 8), **ordinary_user(),
    )  # fmt: skip
    assert server.stderr is not None
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600) as client:

            def total() -> int | None:
                assert server.poll() is None, server.stderr and server.stderr.read()
                try:
                    found: int = client.get("/api/v1/credentials").json()["total"]
                except httpx.TransportError:
                    return None
                return found

            wait_until(lambda: total() == 0)
            for command in GUIDE[_ENABLED + 1 : _LAST + 1]:
                typed(command, root, machine)
            wait_until(lambda: total() == 2)
            names = [item["id"] for item in client.get("/api/v1/credentials").json()["items"]]
        assert all(name.startswith("https://credentials.example/id/credential/") for name in names)
        made = root / "var/lib/pinoamo/releases/1/release.json"  # by the service
        assert stat.S_IMODE(made.stat().st_mode) & 0o007 == 0  # nobody else reads it
    finally:
        server.terminate()
        server.wait(600)
        server.stderr.close()


def test_docker_accepts_the_compose_file() -> None:
    program = shutil.which("docker")
    if program is None or subprocess.run([program, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip(reason="needs docker compose")
    command = [program, "compose", "--file", str(ROOT / "deploy" / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
