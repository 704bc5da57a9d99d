"""The counters and durations that an operator watches, in the Prometheus format; one registry for each app."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LONG_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """The figures of one app."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.requests = Counter("pinoamo_http_requests", "Requests answered.", ("method", "status"), registry=registry)
        self.request_seconds = Histogram(
            "pinoamo_http_request_seconds", "Time to the last byte of an answer.", buckets=_SECONDS, registry=registry
        )
        self.queries = Counter(
            "pinoamo_sparql_queries", "SPARQL queries of the public by outcome.", ("outcome",), registry=registry
        )
        self.query_seconds = Histogram(
            "pinoamo_sparql_query_seconds", "Time a query of the public took, waiting included.",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.killed = Counter(
            "pinoamo_sparql_workers_killed", "Query workers ended, by reason.", ("reason",), registry=registry
        )
        self.started = Counter("pinoamo_sparql_workers_started", "Query workers started.", registry=registry)
        self.refused = Counter("pinoamo_sparql_refused", "Queries refused: the queue was full.", registry=registry)
        self.service_calls = Counter(
            "pinoamo_sparql_service_calls", "Calls of other endpoints by SERVICE.", ("outcome",), registry=registry
        )
        self.rate_refused = Counter(
            "pinoamo_http_rate_refused", "Requests refused: the client asked too often.", registry=registry
        )
        self.keys_refused = Counter(
            "pinoamo_keys_refused", "Requests to write with a key that is unknown or revoked.", registry=registry
        )
        self.waiting = Gauge("pinoamo_sparql_waiting", "Queries that wait for a worker.", registry=registry)
        self.running = Gauge("pinoamo_sparql_running", "Queries that run.", registry=registry)
        self.questions = Counter(
            "pinoamo_stacking_questions", "Questions of stacking by outcome.", ("outcome",), registry=registry
        )
        self.proofs_refused = Counter(
            "pinoamo_stacking_proofs_refused", "Plans and audits that the verifier did not confirm.", registry=registry
        )
        self.disagreements = Counter(
            "pinoamo_engine_disagreements", "Documents on which the SHACL engines disagreed.", registry=registry
        )
        self.writes = Counter("pinoamo_writes", "Writes by kind and outcome.", ("kind", "outcome"), registry=registry)
        self.write_lock_seconds = Histogram(
            "pinoamo_write_lock_seconds", "Time the writer waited for its lock.", buckets=_SECONDS, registry=registry
        )
        self.publish_seconds = Histogram(
            "pinoamo_publish_seconds", "Time it took to make a release of writes.", buckets=_LONG_SECONDS,
            registry=registry,
        )  # fmt: skip
        self.release = Gauge("pinoamo_release", "Number of the release that serves.", registry=registry)

    def text(self) -> bytes:
        """Return all figures in the exposition format."""
        return generate_latest(self._registry)
