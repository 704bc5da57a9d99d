"""SERVICE against a running server: a listed endpoint answers, and nobody else is ever called."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyoxigraph
import pytest

from service.errors import ServiceFailed
from service.settings import Settings
from service.sparql.endpoints import parse_endpoints
from service.workers.federation import Federation, is_public
from tests.support.serving import publish, running

BASE = "http://data.example"
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
SOLUTIONS = (
    b'{"head":{"vars":["s","note"]},"results":{"bindings":['
    b'{"s":{"type":"uri","value":"http://e/a"},"note":{"type":"literal","value":"seen elsewhere"}},'
    b'{"s":{"type":"uri","value":"http://e/z"},"note":{"type":"literal","value":"not here"}}]}}'
)
SOLUTIONS_XML = (
    b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="s"/></head>'
    b'<results><result><binding name="s"><uri>http://e/a</uri></binding></result></results></sparql>'
)

Answer = tuple[int, dict[str, str], bytes]


class Peer:
    """An endpoint of somebody else: answers by its path and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.answers: dict[str, Answer] = {}
        self.hold = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                peer.asked.append((self.path, self.headers["Host"], body))
                if self.path == "/slow":
                    peer.hold.wait(600)
                if self.path == "/drip":
                    with contextlib.suppress(OSError):
                        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                        while not peer.hold.wait(0.05):
                            self.wfile.write(b"X")
                    return
                status, headers, data = peer.answers[self.path]
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.by_name = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    found = Peer()
    found.answers = {
        "/sparql": (200, {"Content-Type": JSON}, SOLUTIONS),
        "/xml": (200, {"Content-Type": XML + "; charset=utf-8"}, SOLUTIONS_XML),
        "/public-only": (200, {"Content-Type": JSON}, SOLUTIONS),
        "/broken": (500, {"Content-Type": "text/plain"}, b"secret trace"),
        "/page": (200, {"Content-Type": "text/html"}, b"<html>"),
        "/half": (200, {"Content-Type": JSON, "Content-Length": "9999"}, SOLUTIONS),
        "/malformed": (200, {"Content-Type": JSON}, SOLUTIONS[:-20]),
        "/large": (200, {"Content-Type": JSON}, b" " * (1024 * 1024) + SOLUTIONS),
        "/moved": (307, {"Location": "/sparql"}, b""),
        "/to-listed": (301, {"Location": f"{found.address}/xml"}, b""),
        "/away": (302, {"Location": f"{found.by_name}/sparql"}, b""),
        "/metadata": (302, {"Location": "http://169.254.169.254/latest"}, b""),
        "/loop": (308, {"Location": "/loop"}, b""),
        "/slow": (200, {"Content-Type": JSON}, SOLUTIONS),
    }
    yield found
    found.hold.set()
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(scope="module")
def settings(peer: Peer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    listed = [f"private+{peer.address}{path}" for path in (*peer.answers, "/drip") if path != "/public-only"]
    settings = Settings(
        data=tmp_path_factory.mktemp("data"),
        base_url=BASE,
        workers=1,
        service_endpoints=" ".join([*listed, f"{peer.address}/public-only"]),
        service_mb=1,
    )
    publish(settings, {f"{BASE}/graph/one": '<http://e/a> <http://e/name> "A" .\n<http://e/b> <http://e/name> "B" .'})
    return settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as found:
        yield found


def asking(address: str, silent: str = "") -> str:
    return f"SELECT * {{ ?s <http://e/name> ?name SERVICE {silent}<{address}> {{ ?s <http://e/note> ?note }} }}"


def ask(client: httpx.Client, query: str) -> httpx.Response:
    return client.post("/sparql", data={"query": query})


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    found = [{k: v["value"] for k, v in row.items()} for row in answer.json()["results"]["bindings"]]
    return sorted(found, key=lambda row: row["name"])


def test_listed_endpoint_is_joined_with_what_is_here(client: httpx.Client, peer: Peer) -> None:
    found = rows(ask(client, asking(f"{peer.address}/sparql")))
    assert found == [{"s": "http://e/a", "name": "A", "note": "seen elsewhere"}]
    path, host, text = peer.asked[-1]
    assert (path, host) == ("/sparql", peer.address.removeprefix("http://"))
    assert "<http://e/note>" in text


@pytest.mark.parametrize("path", ["/xml", "/moved", "/to-listed"])
def test_results_in_xml_and_redirects_to_the_list_are_followed(client: httpx.Client, peer: Peer, path: str) -> None:
    assert [row["name"] for row in rows(ask(client, asking(peer.address + path)))] == ["A"]


@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize(
    "endpoint",
    [
        "<{peer}/unlisted>",
        "<{peer}/sparql#x>",
        "<{name}/sparql>",
        "?endpoint",
        "e:sparql",
        "<sparql>",
        "<file:///etc/passwd>",
    ],
)
def test_any_other_endpoint_is_refused_before_anything_runs(
    client: httpx.Client, peer: Peer, endpoint: str, silent: str
) -> None:
    asked = len(peer.asked)
    target = endpoint.format(peer=peer.address, name=peer.by_name)
    start = f"BASE <{peer.address}/> PREFIX e: <{peer.address}/> SELECT * {{"
    values = f"VALUES ?endpoint {{ <{peer.address}/sparql> }}"
    answer = ask(client, f"{start} {values} SERVICE {silent}{target} {{ ?s ?p ?o }} }}")
    assert answer.status_code == 400
    assert answer.json()["type"] == f"{BASE}/problems/query-refused"
    assert len(peer.asked) == asked


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/broken", 502, "service-failed"),
        ("/page", 502, "service-failed"),
        ("/half", 502, "service-failed"),
        ("/malformed", 502, "service-failed"),
        ("/large", 502, "service-failed"),
        ("/away", 502, "service-failed"),
        ("/metadata", 502, "service-failed"),
        ("/loop", 502, "service-failed"),
        ("/public-only", 502, "service-failed"),
    ],
)
def test_failure_of_an_endpoint_is_said_and_silent_gives_one_empty_solution(
    client: httpx.Client, peer: Peer, path: str, status: int, kind: str
) -> None:
    answer = ask(client, asking(peer.address + path))
    assert answer.status_code == status, answer.text
    assert answer.json()["type"] == f"{BASE}/problems/{kind}"
    assert peer.address + path in answer.json()["detail"] or path == "/public-only"
    assert "secret" not in answer.text
    both = [{"s": "http://e/a", "name": "A"}, {"s": "http://e/b", "name": "B"}]
    assert rows(ask(client, asking(peer.address + path, "SILENT "))) == both


def test_endpoint_that_takes_too_long_is_given_up(settings: Settings, peer: Peer) -> None:
    hasty = settings.model_copy(update={"service_seconds": 1})
    with running(hasty) as address, httpx.Client(base_url=address, timeout=600) as client:
        for path in ("/slow", "/drip"):
            test_failure_of_an_endpoint_is_said_and_silent_gives_one_empty_solution(client, peer, path, 504, "timeout")


def test_loopback_is_called_only_where_the_list_says_private(client: httpx.Client, peer: Peer) -> None:
    ask(client, asking(f"{peer.address}/public-only"))
    assert "/public-only" not in [path for path, _, _ in peer.asked]


def test_redirect_to_a_host_that_is_not_listed_is_not_followed(client: httpx.Client, peer: Peer) -> None:
    peer.asked.clear()
    ask(client, asking(f"{peer.address}/away"))
    assert [path for path, _, _ in peer.asked] == ["/away"]


def test_redirect_leads_to_other_hosts_only_where_the_very_address_is_listed() -> None:
    federation = Federation(
        parse_endpoints("http://public.example/sparql private+http://inside.example:8890/sparql"), 1, 1000
    )
    public, inside = federation.endpoints
    assert federation._followed(public, public.place, inside.iri) == (inside.place, True)
    assert federation._followed(public, public.place, "http://public.example/other") == (public.place, False)
    assert federation._followed(public, public.place, "https://public.example/sparql")[1] is False
    for address in (
        "http://inside.example:8890/admin",
        "http://inside.example/sparql",
        "http://public.example:22/",
        "ftp://x/",
    ):
        with pytest.raises(ServiceFailed, match="leads to"):
            federation._followed(public, public.place, address)


def test_service_inside_a_service_is_not_handed_on(client: httpx.Client, peer: Peer) -> None:
    peer.asked.clear()
    inner = f"SERVICE <{peer.address}/xml> {{ ?s ?p ?o }}"
    answer = ask(client, f"SELECT * {{ SERVICE <{peer.address}/sparql> {{ ?s ?p ?o {inner} }} }}")
    assert answer.status_code == 502
    assert peer.asked == []


def test_one_query_may_call_so_many_times_only(client: httpx.Client, peer: Peer) -> None:
    peer.asked.clear()
    thirty_two = " ".join(f"?s{number} <http://e/name> ?o{number} ." for number in range(5))
    service = f"SERVICE <{peer.address}/sparql> {{ ?s0 ?p ?o1 }}"
    answer = ask(client, f"SELECT * {{ {thirty_two} FILTER EXISTS {{ {service} }} }}")
    assert answer.status_code == 502
    assert len(peer.asked) == 20


def test_place_of_a_syntax_error_is_that_of_the_query_as_sent(client: httpx.Client, peer: Peer) -> None:
    query = f"SELECT * {{ SERVICE <{peer.address}/sparql> {{ ?s ?p }} }}"
    with pytest.raises(SyntaxError) as unchanged:
        pyoxigraph.Store().query(query)
    problem = ask(client, query).json()
    assert f"error at {problem['line']}:{problem['column']}:" in str(unchanged.value)


def test_answer_that_depends_on_others_has_no_entity_tag(client: httpx.Client, peer: Peer) -> None:
    headers = client.get("/sparql", params={"query": asking(f"{peer.address}/sparql")}).headers
    assert "etag" not in headers
    assert headers["cache-control"] == "no-store"


def test_service_description_says_that_federation_is_on(client: httpx.Client) -> None:
    answer = client.get("/sparql", headers={"Accept": "application/n-triples"})
    assert "service-description#BasicFederatedQuery" in answer.text


def test_reference_names_who_may_be_called(client: httpx.Client, peer: Peer) -> None:
    page = client.get("/docs", headers={"Accept": "text/html"}).text
    assert f"<code>{peer.address}/sparql</code>" in page
    assert "private+" not in page


def test_calls_are_counted(client: httpx.Client, peer: Peer) -> None:
    def count(outcome: str) -> float:
        start = f'pinoamo_sparql_service_calls_total{{outcome="{outcome}"}} '
        return sum(float(x.split()[-1]) for x in client.get("/metrics").text.splitlines() if x.startswith(start))

    before = count("answered"), count("failed")
    ask(client, asking(f"{peer.address}/sparql"))
    ask(client, asking(f"{peer.address}/broken"))
    assert (count("answered"), count("failed")) == (before[0] + 1, before[1] + 1)


# --- whom it connects to ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, expected: bool) -> None:
    """By the special-purpose registries of RFC 6890; the two public ones are those of example.com in 2024."""
    assert is_public(address) is expected


def path_of(federation: Federation) -> str:
    """Return the path by which the engine calls the first endpoint."""
    return urlsplit(federation.prefix_iri).path + "0"


def carried(monkeypatch: pytest.MonkeyPatch, looked_up: Callable[[int], list[str]]) -> tuple[str, list[str]]:
    """Ask an endpoint whose name means what `looked_up` says, the n-th time; return the failure and who was called."""
    times: list[str] = []
    called: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        times.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in looked_up(len(times))]

    def create_connection(address: tuple[str, int], **_: object) -> socket.socket:
        called.append(address[0])
        raise ConnectionRefusedError

    federation = Federation(parse_endpoints("http://endpoint.example/sparql"), 2, 1000)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(ServiceFailed) as failed:
        federation.carry(path_of(federation), b"ASK {}")
    return str(failed.value), called


def test_name_is_looked_up_once_so_a_change_of_dns_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reason, called = carried(monkeypatch, lambda time: ["93.184.215.14"] if time == 1 else ["127.0.0.1"])
    assert called == ["93.184.215.14"]
    assert "could not be asked" in reason


def test_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    reason, called = carried(monkeypatch, lambda _: ["93.184.215.14", "10.0.0.1"])
    assert called == []
    assert "not public" in reason


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[str | None]]]:
    """A TLS server whose certificate is for `localhost`, and the names that clients greeted it by."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip(reason="needs openssl to make a certificate")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _, name, __: names.append(name)
    peer = Peer()
    peer.answers = {"/sparql": (200, {"Content-Type": JSON}, SOLUTIONS)}
    peer.server.socket = context.wrap_socket(peer.server.socket, server_side=True)
    yield peer.server.server_port, names
    peer.server.shutdown()
    peer.server.server_close()


def test_https_is_asked_by_name_at_the_address_that_was_checked(secure: tuple[int, list[str | None]]) -> None:
    port, names = secure
    federation = Federation(parse_endpoints(f"private+https://localhost:{port}/sparql"), 5, 10_000)
    assert federation.carry(path_of(federation), b"ASK {}") == (JSON, SOLUTIONS)
    assert names == ["localhost"]


def test_https_with_a_certificate_for_another_name_is_refused(secure: tuple[int, list[str | None]]) -> None:
    federation = Federation(parse_endpoints(f"private+https://127.0.0.1:{secure[0]}/sparql"), 5, 10_000)
    with pytest.raises(ServiceFailed, match="SSLCertVerificationError"):
        federation.carry(path_of(federation), b"ASK {}")


@pytest.mark.parametrize("path", ["/", "/0", "/x/0", "/../0"])
def test_listener_answers_nobody_who_does_not_know_its_path(path: str) -> None:
    federation = Federation(parse_endpoints("private+http://127.0.0.1:9/sparql"), 1, 1000)
    with pytest.raises(ServiceFailed, match="no such endpoint"):
        federation.carry(path, b"ASK {}")


@pytest.mark.parametrize(
    "entry", ["ftp://e/x", "e", "http://user@e/x", "http:///x", "http://e/x#y", "http://e/<x>", "http://e/ä"]
)
def test_list_holds_addresses_of_the_web_only(entry: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="endpoint must be"):
        Settings(data=tmp_path, service_endpoints=entry)
