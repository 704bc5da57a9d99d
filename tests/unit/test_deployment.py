"""What operators are given names things that exist: files, commands, options, settings, ports."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
import yaml

from service.cli.main import app
from service.settings import Settings
from tests.conftest import ROOT
from tests.support.engines import free_port

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]["pinoamo"]
UNIT = (ROOT / "deploy" / "pinoamo.service").read_text("utf-8")
TEXTS = {path.name: path.read_text("utf-8") for path in (ROOT / "Dockerfile", *sorted((ROOT / "deploy").iterdir()))}


def options(command: str) -> set[str]:
    found = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    return {name for parameter in found for name in parameter.opts}


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.split(" ", 1)[1].strip() for line in joined.splitlines() if line.startswith(name + " ")]


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_setting_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"PINOAMO_([A-Z_]+)", TEXTS[name]))
    assert {setting.lower() for setting in named} <= set(Settings.model_fields)


def test_settings_of_the_files_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    image = dict(re.findall(r"(PINOAMO_\w+)=(\S+)", " ".join(instructions("ENV"))))
    unit = dict(re.findall(r"^Environment=(PINOAMO_\w+)=(\S+)$", UNIT, re.MULTILINE))
    for values in (image, {**image, **COMPOSE["environment"]}, unit):
        with monkeypatch.context() as patch:
            for name, value in values.items():
                patch.setenv(name, value)
            assert str(Settings().data) in ("/data", "/var/lib/pinoamo")  # type: ignore[call-arg]


def test_image_copies_what_exists_and_everything_that_is_installed() -> None:
    copied = {word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]}
    assert all((ROOT / name).exists() for name in copied)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"].values()
    assert {folder.split("/")[0] for folder in packages} <= copied
    assert "--require-hashes" in DOCKERFILE


def test_image_runs_as_nobody_special_on_a_volume_and_tells_its_health() -> None:
    assert instructions("USER") == ["pinoamo"]
    assert instructions("VOLUME") == ["/data"]
    assert DOCKERFILE.index("\nUSER ") < DOCKERFILE.index("\nENTRYPOINT ")
    [port] = instructions("EXPOSE")
    assert f"127.0.0.1:{port}/health/ready" in instructions("HEALTHCHECK")[0]
    assert COMPOSE["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert COMPOSE["volumes"] == ["pinoamo:/data"]
    assert COMPOSE["read_only"] is True
    assert (ROOT / "deploy" / COMPOSE["build"]["context"] / COMPOSE["build"]["dockerfile"]).exists()


def test_base_images_have_an_exact_tag_and_may_be_pinned() -> None:
    [base] = instructions("ARG")
    name, _, tag = base.partition("=")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", tag), "a tag that is moved only for the same version"
    assert {line.split()[0] for line in instructions("FROM")} == {f"${{{name}}}"}
    documented = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    assert f"{name}={tag}@$(docker buildx imagetools inspect {tag} " in documented
    assert f'docker build --build-arg {name}="${name}"' in documented


def test_memory_and_processes_have_limits_everywhere() -> None:
    assert {"mem_limit", "memswap_limit", "pids_limit"} <= COMPOSE.keys()
    assert COMPOSE["mem_limit"] == COMPOSE["memswap_limit"]
    limits = dict(re.findall(r"^(MemoryMax|MemoryHigh|TasksMax|UMask|StateDirectoryMode)=(\S+)$", UNIT, re.MULTILINE))
    assert limits.keys() == {"MemoryMax", "MemoryHigh", "TasksMax", "UMask", "StateDirectoryMode"}
    assert (limits["UMask"], limits["StateDirectoryMode"]) == ("0077", "0700")


def test_every_lock_is_looked_up_among_known_vulnerabilities() -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\naudit:")[2].partition("\n\n")[0]
    assert set(re.findall(r"requirements[\w-]*\.lock", recipe)) == {
        path.name for path in ROOT.glob("requirements*.lock")
    }
    assert "make audit" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_commands_and_options_exist() -> None:
    image = re.findall(r'"([^"]+)"', instructions("CMD")[0])
    [line] = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    for words in (image, COMPOSE["command"], shlex.split(line)[1:]):
        assert {word for word in words if word.startswith("--")} <= options(words[0])


def test_there_is_time_to_stop_before_the_kill() -> None:
    seconds = int(COMPOSE["stop_grace_period"].removesuffix("s"))
    drain = float(dict(re.findall(r"(PINOAMO_\w+)=(\S+)", DOCKERFILE))["PINOAMO_DRAIN_SECONDS"])
    assert seconds > drain + float(COMPOSE["environment"]["PINOAMO_SHUTDOWN_SECONDS"])
    unit = dict(re.findall(r"^(?:Environment=)?(\w+)=(\S+)$", UNIT, re.MULTILINE))
    assert int(unit["TimeoutStopSec"]) > int(unit["PINOAMO_SHUTDOWN_SECONDS"])


@pytest.mark.system
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip(reason="needs systemd-analyze")
    unit = tmp_path / "pinoamo.service"
    unit.write_text(UNIT.replace("/opt/pinoamo/bin/pinoamo", "/bin/true"))  # it must exist where it is verified
    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False, timeout=600)
    complaints = [line for line in done.stderr.splitlines() if "pinoamo" in line]
    assert not complaints


def test_copied_release_serves_at_the_reader_and_old_ones_go(demo_settings: Settings, tmp_path: Path) -> None:
    data, reader = demo_settings.data, tmp_path / "reader"
    environment = {
        **os.environ, "KEEP": "1", "PINOAMO": f"{sys.executable} -m service.cli.main", "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    command = ["sh", str(ROOT / "deploy" / "copy-release.sh"), str(data), str(reader)]
    for _ in range(2):  # again is safe
        subprocess.run(command, env=environment, check=True, capture_output=True, cwd=ROOT, timeout=600)
        assert os.readlink(reader / "current") == "releases/1"
    (reader / "releases" / "1").rename(reader / "releases" / "0")
    victim = data / "releases" / "1"
    subprocess.run([*command, "1"], env=environment, check=True, capture_output=True, cwd=ROOT, timeout=600)
    assert sorted(path.name for path in (reader / "releases").iterdir()) == ["1"]
    assert victim.is_dir()


@pytest.fixture
def ssh_programs(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder for PATH whose `ssh` reaches this machine through a daemon of its own, as `reader.example`."""
    daemon = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")
    if daemon is None or not all(map(shutil.which, ("ssh", "ssh-keygen", "rsync"))):
        pytest.skip(reason="needs sshd, ssh and rsync")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # the daemon does not start without it
    for name in ("host", "own"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    port = free_port()
    (tmp_path / "sshd").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/own.pub\n"
        f"PidFile {tmp_path}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
    )
    (tmp_path / "ssh_config").write_text(
        f"Host reader.example\nHostName 127.0.0.1\nPort {port}\nIdentityFile {tmp_path}/own\nIdentitiesOnly yes\n"
        "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n"
    )
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {tmp_path}/ssh_config "$@"\n')
    (programs / "ssh").chmod(0o755)
    server = subprocess.Popen([daemon, "-D", "-e", "-f", str(tmp_path / "sshd")], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield programs
    finally:
        server.terminate()
        server.wait(10)


def test_release_goes_to_another_machine_over_ssh(demo_settings: Settings, tmp_path: Path, ssh_programs: Path) -> None:
    data, reader = demo_settings.data, tmp_path / "reader"
    environment = {
        **os.environ,
        "PATH": f"{ssh_programs}:{os.environ['PATH']}",
        "PINOAMO": f"env PYTHONPATH={ROOT} {sys.executable} -m service.cli.main",
    }
    command = ["sh", str(ROOT / "deploy" / "copy-release.sh"), str(data), f"reader.example:{reader}"]
    for _ in range(2):  # again is safe
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=600)
        assert os.readlink(reader / "current") == "releases/1"
    sent, kept = data / "releases" / "1", reader / "releases" / "1"
    names = {path.relative_to(sent) for path in sent.rglob("*") if path.is_file() and "made" not in path.parts}
    assert names == {path.relative_to(kept) for path in kept.rglob("*") if path.is_file()}
    assert all((sent / name).read_bytes() == (kept / name).read_bytes() for name in names)


def test_release_damaged_on_the_way_does_not_serve(demo_settings: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(demo_settings.data, copy, symlinks=True)
    index = copy / "releases" / "1" / "index.sqlite"
    index.write_bytes(index.read_bytes()[:-1] + b"x")
    environment = {**os.environ, "PINOAMO": f"{sys.executable} -m service.cli.main", "PYTHONPATH": str(ROOT)}
    command = ["sh", str(ROOT / "deploy" / "copy-release.sh"), str(copy), str(tmp_path / "reader")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, check=False, timeout=600)
    assert done.returncode == 1
    assert "damaged: index.sqlite" in done.stderr
    assert not (tmp_path / "reader" / "current").exists()


def test_guide_names_what_exists() -> None:
    guide = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    blocks = re.findall(r"(?:^    .*\n)+", guide, re.MULTILINE)
    words = " ".join(blocks).split()
    assert all((ROOT / word).exists() for word in words if word.startswith(("deploy/", "requirements")))
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    named = set(re.findall(r"`(?:\S*/)?pinoamo ([a-z]+)", guide)) | {"demo"}
    assert named <= set(commands)
    settings = set(re.findall(r"PINOAMO_([A-Z_]+)", guide))
    # PINOAMO_CONFIG names the file that the others may stand in.
    assert {name.lower() for name in settings} <= {*Settings.model_fields, "config"}
