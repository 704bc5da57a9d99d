"""The configurations of docs/proxy.md, run as they stand by nginx and Caddy in front of a server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from service.settings import Settings
from tests.conftest import ROOT
from tests.support.engines import free_port
from tests.support.server_processes import wait_until
from tests.support.serving import publish, running

GUIDE = (ROOT / "docs" / "proxy.md").read_text("utf-8")
HOST = "https://credentials.example"
PATHS = {"host": "", "path": "/mc"}
NGINX = dict(zip(PATHS, re.findall(r"```nginx\n(.*?)```", GUIDE, re.DOTALL), strict=True))
CADDY = dict(zip(PATHS, re.findall(r"```caddyfile\n(.*?)```", GUIDE, re.DOTALL), strict=True))
PROGRAMS = {name: shutil.which(name) or shutil.which(f"/usr/sbin/{name}") for name in ("nginx", "caddy")}


@dataclass(frozen=True)
class Place:
    """A server, what its names begin with, and the path below which the proxy shows it."""

    address: str
    base: str
    path: str


@dataclass(frozen=True)
class Proxy:
    """Where a proxy listens, and what it shows."""

    address: str
    place: Place
    network: str

    def client(self, number: int = 1) -> httpx.Client:
        """Return a client with an address of its own."""
        transport = httpx.HTTPTransport(local_address=f"{self.network}.{number}")
        return httpx.Client(base_url=self.address + self.place.path, transport=transport, timeout=600)


@pytest.fixture(scope="module", params=sorted(PATHS))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    path = PATHS[request.param]
    base = HOST + path
    settings = Settings(
        data=tmp_path_factory.mktemp("data"), workers=1, base_url=base, trusted_proxies="127.0.0.1",
        client_rate=0.001, client_burst=4, upload_mb=2,
    )  # fmt: skip
    named = f"<{base}/id/credential/a%2Fb>"
    title = "http://purl.org/dc/terms/title"
    type_ = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    text = f'{named} <{type_}> <https://w3id.org/pinoamo/ns#MicroCredential> .\n{named} <{title}> "A or B"@en .'
    publish(settings, {f"{base}/graph/own": text})
    with running(settings) as address:
        yield Place(address, base, path)


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def proxy(request: pytest.FixtureRequest, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    program = PROGRAMS[request.param]
    if program is None:
        pytest.skip(reason=f"needs {request.param}")
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    [layout] = [name for name, path in PATHS.items() if path == place.path]
    write = nginx if request.param == "nginx" else caddy
    command = [program, *write(folder, layout, place.address.removeprefix("http://"), port)]
    environment = {**os.environ, "HOME": str(folder)}
    log = (folder / "log").open("w")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            return httpx.get(f"{address}{place.path}/health/ready", timeout=600).status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_until(answers)
        yield Proxy(address, place, "127.0.1" if request.param == "nginx" else "127.0.2")
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def nginx(folder: Path, layout: str, server: str, port: int) -> list[str]:
    """Write what stands around the lines of the guide; return the arguments of the program."""
    site = NGINX[layout].replace("127.0.0.1:8000", server).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    site = re.sub(r" *ssl_certificate.*\n", "", site)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{ }}\n"
        f"http {{\naccess_log off;\n{temporary}{site}}}\n"
    )
    return ["-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, layout: str, server: str, port: int) -> list[str]:
    """Write what stands around the lines of the guide; return the arguments of the program."""
    site = CADDY[layout].replace("127.0.0.1:8000", server)
    site = site.replace("credentials.example {", f"http://127.0.0.1:{port} {{\n\tbind 127.0.0.1", 1)
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + site)
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def test_names_keep_their_percent_encoding(proxy: Proxy) -> None:
    with proxy.client() as client:
        found = client.get("/id/credential/a%2Fb", headers={"Accept": "text/turtle"})
        if found.has_redirect_location:
            found = client.get(found.headers["location"].removeprefix(proxy.place.base))
    assert found.status_code == 200
    assert "A or B" in found.text


def test_where_the_server_sends_a_reader_is_the_public_address(proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.get("/", headers={"Accept-Language": "fi"})
        assert answer.has_redirect_location
        assert answer.headers["location"] in (f"{proxy.place.base}/fi/", f"{proxy.place.path}/fi/")
        page = client.get("/fi/")
    assert f'rel="canonical" href="{proxy.place.base}/fi/"' in page.text
    links = re.findall(r'(?:href|src)="(/[^"]*)"', page.text)
    assert links
    assert all(link.startswith(f"{proxy.place.path}/") for link in links)


def test_a_document_larger_than_a_megabyte_passes_and_the_server_refuses_what_is_too_large(proxy: Proxy) -> None:
    line = b'<http://x/a> <http://x/p> "%s" .\n' % (b"x" * 1000)
    headers = {"Content-Type": "application/n-triples"}
    with proxy.client(5) as client:
        fits = client.post("/api/v1/validations", content=line * 1500, headers=headers)
        assert fits.status_code == 200, fits.text[:300]
        large = client.post("/api/v1/validations", content=line * 3000, headers=headers)
    assert large.status_code == 413
    assert large.headers["content-type"] == "application/problem+json"


def test_a_long_query_by_get_passes(proxy: Proxy) -> None:
    query = "ASK {} # " + "x" * 40_000
    with proxy.client(6) as client:
        assert client.get(f"/sparql?query={quote(query)}").status_code == 200


def test_clients_are_told_apart_and_cannot_say_that_they_are_others(proxy: Proxy) -> None:
    answers = []
    with proxy.client(7) as one, proxy.client(8) as other:
        for number in range(5):
            claimed = {"X-Forwarded-For": f"192.0.2.{number}"}
            answers.append(one.get("/sparql?query=ASK{}", headers=claimed).status_code)
        assert other.get("/sparql?query=ASK{}").status_code == 200
    assert answers == [200, 200, 200, 200, 429]


def test_figures_of_the_operator_stay_inside(proxy: Proxy) -> None:
    with proxy.client() as client:
        assert client.get("/metrics").status_code == 403
