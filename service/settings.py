"""Reads the settings once, from `PINOAMO_*` or a TOML file, into one frozen object that is handed down."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from .errors import InvalidArgument
from .rdf.terms import parse_iri
from .sparql.endpoints import parse_endpoints

_SHORTEST_KEY = 20


class Settings(BaseSettings):
    """Everything an operator can set. Variables win over the file named by `PINOAMO_CONFIG`."""

    model_config = SettingsConfigDict(env_prefix="PINOAMO_", frozen=True, extra="forbid")

    data: Path = Field(Path("var"), description="Data directory: work store, releases, quarantine.")
    store: str = Field("", description="Empty: the embedded store. Else the address of a SPARQL 1.1 endpoint.")
    store_graphs: str = Field(
        "", description="Graph Store address of that endpoint, where publishing puts releases; empty: others fill it."
    )
    store_user: str = Field("", description="User for it (digest).")
    store_password: SecretStr | None = Field(None, description="Password of that user.")
    store_token: SecretStr | None = Field(None, description="Bearer token for the endpoint and its Graph Store.")
    base_url: str = Field("http://localhost:8000", description="Public address; the start of every IRI we mint.")
    publisher: str = Field("", description="Name of who publishes the data, for catalogues; empty: the host.")
    contact: str = Field("", description="Where questions about the data go: a mailto: or https: address.")
    licence: str = Field("", description="IRI of the licence of the data; empty: not stated.")
    write_key: SecretStr | None = Field(None, description="Key that opens every write interface.")
    keep_releases: int = Field(5, ge=1, description="How many releases stay on disk.")
    keep_changes_days: int = Field(730, ge=1, description="How many days the log of changes goes back.")
    workers: int = Field(2, ge=1, le=64, description="Processes that run SPARQL of the public.")
    query_seconds: float = Field(
        10.0, gt=0, description="Processor time of a public query, seconds; six times as much on the clock."
    )
    query_memory_mb: int = Field(2048, ge=512, description="Address-space limit of a query worker, MiB.")
    query_rows: int = Field(100_000, ge=1, description="Most rows or triples a public query may answer.")
    query_text_kb: int = Field(256, ge=1, description="Longest public query, KiB.")
    query_queue: int = Field(128, ge=0, description="Public queries that may wait for a free worker.")
    spool_mb: int = Field(
        512,
        ge=2,
        description="Room in the temporary folder for answers to queries while clients read them, MiB; a client: half.",
    )
    client_rate: float = Field(
        0.0,
        ge=0,
        description="Requests for work (SPARQL, POST) that one client may make a second; 0: any number.",
    )
    client_burst: int = Field(30, ge=1, description="Requests for work that one client may make at once.")
    trusted_proxies: str = Field(
        "", description="Addresses or networks of proxies whose X-Forwarded-For names the client, with spaces between."
    )
    client_connections: int = Field(
        256, ge=0, description="Connections that one address may have open, trusted proxies excepted; 0: any number."
    )
    request_seconds: float = Field(
        30.0, gt=0, description="How long a client may take to send a request, and one second more for each 8 KiB."
    )
    stalled_seconds: float = Field(
        60.0, gt=0, description="How long a client may leave an answer lying before its connection is ended, seconds."
    )
    service_endpoints: str = Field(
        "", description="Endpoints that public queries may call by SERVICE, with spaces between; empty: none."
    )
    service_seconds: float = Field(5.0, gt=0, description="Time limit of one call by SERVICE, seconds.")
    service_mb: int = Field(10, ge=1, description="Largest answer to a call by SERVICE, MiB.")
    loader_seconds: float = Field(3600.0, gt=0, description="Time limit of one loader process, seconds.")
    loader_memory_mb: int = Field(2048, ge=256, description="Address-space limit of a loader process, MiB.")
    upload_mb: int = Field(10, ge=1, description="Largest document that may be sent for checking, MiB.")
    bodies_mb: int = Field(
        256, ge=2, description="Memory for the bodies of all requests that are read whole, MiB; a client: half."
    )
    check_seconds: float = Field(30.0, gt=0, description="Time limit of checking a document, seconds.")
    check_memory_mb: int = Field(
        2048,
        ge=512,
        description="Address-space limit of a process that checks a document, links texts or updates data, MiB.",
    )
    plan_memory_mb: int = Field(
        2048, ge=512, description="Address-space limit of a process that answers questions of stacking, MiB."
    )

    link_seconds: float = Field(60.0, gt=0, description="Time limit of a request for links, waiting included, seconds.")
    link_texts: int = Field(1000, ge=1, description="Most texts of a request for links.")
    shapes: str = Field("", description="Shapes of others, offered as profiles: `a.ttl,b.ttl;c.ttl` are two.")
    confirm_refused: int = Field(1000, ge=0, description="Refused records of a load that pySHACL judges too, at most.")
    confirm_share: float = Field(0.01, ge=0, le=1, description="Share of all other records that pySHACL judges too.")
    write_profile: str = Field("eu", description="Definition that written records are held against.")
    publish_seconds: float = Field(0.0, ge=0, description="Writes of so many seconds make one release; 0: at once.")
    lost_share: float = Field(
        0.2, ge=0, le=1, description="Share of its things that a source may lose by a load or import unless forced."
    )
    write_wait_seconds: float = Field(10.0, ge=0, description="How long a write waits for another process that writes.")
    write_queue: int = Field(64, ge=1, description="Writes that may wait for their turn.")
    log_format: Literal["text", "json"] = Field("text", description="Form of the log of a server: text or json.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least level that is logged; info has a line for each request, debug may quote them."
    )
    metrics: Literal["open", "closed"] = Field("open", description="Whether /metrics answers: open or closed.")
    answers_mb: int = Field(64, ge=0, description="Room for answers that are kept to be sent again, MiB; 0: none.")
    drain_seconds: float = Field(
        0.0, ge=0, description="How long a server told to stop (SIGTERM) still answers, not ready, seconds."
    )
    shutdown_seconds: int = Field(30, ge=0, description="How long requests under way may take after that, seconds.")
    vocabularies: str = Field(
        "", description="Vocabularies that a catalogue may use besides ELM, ESCO and others, with spaces between."
    )
    update_seconds: float = Field(
        30.0, gt=0, description="Processor time of a SPARQL update, seconds; three times as much on the clock."
    )
    import_mb: int = Field(512, ge=1, description="Largest file that may be sent for import, unpacked, MiB.")
    audit_mb: int = Field(64, ge=1, description="Size at which a new file of the audit log is begun, MiB.")

    @property
    def is_filled_by_others(self) -> bool:
        """Tell whether a remote engine answers that nothing is published to from here."""
        return bool(self.store) and not self.store_graphs

    @field_validator("write_key")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_KEY:
            raise ValueError(
                f"write_key must have {_SHORTEST_KEY} characters or more; `openssl rand -hex 32` makes one"
            )
        return value

    @field_validator("base_url")
    @classmethod
    def _without_final_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError(f"base_url must start with http:// or https://, got {value!r}")
        return value.rstrip("/")

    @field_validator("contact", "licence")
    @classmethod
    def _readable_iri(cls, value: str) -> str:
        try:
            return parse_iri(value).value if value else ""
        except InvalidArgument as error:
            raise ValueError(str(error)) from error

    @field_validator("service_endpoints")
    @classmethod
    def _readable_endpoints(cls, value: str) -> str:
        parse_endpoints(value)
        return value

    @field_validator("vocabularies")
    @classmethod
    def _readable_vocabularies(cls, value: str) -> str:
        for name in value.split():
            try:
                parse_iri(name)
            except InvalidArgument as error:
                raise ValueError(str(error)) from error
            if not name.endswith(("/", "#")):
                raise ValueError(f"the name of a vocabulary ends in '/' or '#', got {name!r}")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _readable_networks(cls, value: str) -> str:
        for entry in value.split():
            ip_network(entry)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, then the file named by `PINOAMO_CONFIG`."""
        import os

        config = os.environ.get("PINOAMO_CONFIG")
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, Path(config))) if config else sources
