"""What an installation can set, by environment variables; with none set, everything runs embedded."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_PLACE = r"^(s3|gs|az|https|file)://\S+$"
"""An object store."""


class Settings(BaseSettings):
    """The settings of one process; read once, at its start. Fields that hold a secret are not shown by `repr`."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, env_ignore_empty=True, extra="ignore")

    database_url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        repr=False,
        description="The database as the service uses it (role etappi_app). Not set: an embedded Postgres is started.",
    )
    database_owner_url: str | None = Field(
        None,
        validation_alias="DATABASE_OWNER_URL",
        repr=False,
        description="The same database as its owner, who migrates it. Needed by `etappi migrate` only.",
    )

    temporal_address: str | None = Field(
        None,
        validation_alias="TEMPORAL_ADDRESS",
        description="host:port of Temporal's frontend. Not set: an embedded Temporal is started.",
    )
    temporal_namespace: str = Field(
        "default", validation_alias="TEMPORAL_NAMESPACE", description="The namespace that the workflows run in."
    )
    temporal_api_key: SecretStr | None = Field(
        None, validation_alias="TEMPORAL_API_KEY", description="The key for Temporal Cloud; it implies TLS."
    )
    temporal_tls: bool = Field(
        default=False, validation_alias="TEMPORAL_TLS", description="Whether Temporal is reached by TLS."
    )
    temporal_tls_server_ca: Path | None = Field(
        None,
        validation_alias="TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        description="The authority that signed Temporal's certificate. Not set: the system's authorities.",
    )
    temporal_tls_client_certificate: Path | None = Field(
        None, validation_alias="TEMPORAL_TLS_CLIENT_CERT_PATH", description="Our certificate, for mutual TLS."
    )
    temporal_tls_client_key: Path | None = Field(
        None, validation_alias="TEMPORAL_TLS_CLIENT_KEY_PATH", description="The key of our certificate."
    )

    temporal_ui_url: str | None = Field(
        None,
        validation_alias="TEMPORAL_UI_URL",
        pattern=r"^https?://\S+$",
        description="Where people find Temporal's web interface, for links to workflows. Not set: no links; "
        "`etappi up` knows its own.",
    )

    data: Path = Field(
        Path(".etappi"),
        validation_alias="ETAPPI_DATA",
        description="The folder of the embedded servers, of bundles in the making, and of evidence, sealed logs and "
        "checkpoints where no other place is set.",
    )
    evidence_url: str | None = Field(
        None,
        validation_alias="ETAPPI_EVIDENCE_URL",
        description="The object store of evidence (s3://bucket/prefix). Not set: the folder `evidence` in ETAPPI_DATA.",
    )
    evidence_max_bytes: int = Field(
        50 * 1024 * 1024,
        gt=0,
        validation_alias="ETAPPI_EVIDENCE_MAX_BYTES",
        description="The largest file that is taken as evidence, in bytes.",
    )

    seal_key: SecretStr | None = Field(
        None,
        validation_alias="ETAPPI_SEAL_KEY",
        description="The Ed25519 key that signs checkpoints, as PKCS #8 in PEM. Not set: ETAPPI_SEAL_KEY_FILE.",
    )
    seal_key_file: Path | None = Field(
        None,
        validation_alias="ETAPPI_SEAL_KEY_FILE",
        description="A file with that key. Not set: `seal-key.pem` in ETAPPI_DATA, made where it is missing.",
    )
    seal_url: str | None = Field(
        None,
        validation_alias="ETAPPI_SEAL_URL",
        pattern=_PLACE,
        description="The object store of the sealed logs' tiles (s3://bucket/prefix). Not set: `log` in ETAPPI_DATA.",
    )
    seal_copies_url: str | None = Field(
        None,
        validation_alias="ETAPPI_SEAL_COPIES_URL",
        pattern=_PLACE,
        description="The place outside: an object store, best with object lock, for copies of checkpoints, time-stamps "
        "and what was erased. Not set: the folder `checkpoints` in ETAPPI_DATA.",
    )

    @field_validator("seal_copies_url")
    @classmethod
    def _elsewhere(cls, copies: str | None, others: ValidationInfo) -> str | None:
        """Copies that lie where the tiles lie are no memory outside."""
        if copies is not None and copies.rstrip("/") == (others.data.get("seal_url") or "").rstrip("/"):
            raise ValueError("it is the place that ETAPPI_SEAL_URL names: choose another, in other hands")
        return copies

    log_origin: str | None = Field(
        None,
        validation_alias="ETAPPI_LOG_ORIGIN",
        pattern=r"^[^\s+/][^\s+]{0,199}$",
        description="What the logs' names begin with (etappi.example.fi); `/log/` and the ledger's name follow. It "
        "counts when a ledger is first sealed. Not set: the host of ETAPPI_PUBLIC_URL, else localhost.",
    )
    timestamp_url: str | None = Field(
        None,
        validation_alias="ETAPPI_TIMESTAMP_URL",
        pattern=r"^https?://",
        description="An authority for time-stamps (RFC 3161), asked hourly. Not set: none.",
    )

    host: str = Field(
        "127.0.0.1", validation_alias="ETAPPI_HOST", description="The address that the service listens on."
    )
    port: int = Field(8000, ge=0, le=65535, validation_alias="ETAPPI_PORT", description="The port; 0 takes a free one.")
    public_url: str | None = Field(
        None,
        validation_alias="ETAPPI_PUBLIC_URL",
        pattern=r"^https?://\S+$",
        description="The address that people and mails use (https://etappi.example.fi): forms are taken, and sign-ins "
        "come back, under it alone. Needed by `etappi api`.",
    )

    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        validation_alias="ETAPPI_METRICS_PORT",
        description="The port at which `etappi follow` serves /metrics. Not set: none; the API serves its own.",
    )
    rate_limit: str | None = Field(
        None,
        validation_alias="ETAPPI_RATE_LIMIT",
        pattern=r"^[1-9][0-9]{0,6}/(second|minute|hour)$",
        description="How many requests one caller may make to a process (600/minute). Not set: any number.",
    )

    oidc_issuer: str | None = Field(
        None,
        validation_alias="ETAPPI_OIDC_ISSUER",
        description="The issuer of the tokens that are accepted. Not set: an identity provider for trying out.",
    )
    oidc_audience: str = Field(
        "etappi", validation_alias="ETAPPI_OIDC_AUDIENCE", description="The audience that a token must name."
    )
    oidc_client_id: str = Field(
        "etappi", validation_alias="ETAPPI_OIDC_CLIENT_ID", description="Our name at the identity provider."
    )
    oidc_client_secret: SecretStr | None = Field(
        None, validation_alias="ETAPPI_OIDC_CLIENT_SECRET", description="Our secret at the identity provider."
    )
    oidc_name_claim: str = Field(
        "name", validation_alias="ETAPPI_OIDC_NAME_CLAIM", description="The claim that holds a person's name."
    )
    session_idle_minutes: int = Field(
        480,
        gt=0,
        validation_alias="ETAPPI_SESSION_IDLE_MINUTES",
        description="After how many minutes without a request somebody must sign in to the pages anew.",
    )
    session_minutes: int = Field(
        720,
        gt=0,
        validation_alias="ETAPPI_SESSION_MINUTES",
        description="After how many minutes they must in any case.",
    )

    smtp_url: SecretStr | None = Field(
        None,
        validation_alias="SMTP_URL",
        description="The mail server: smtp://user:password@host:587 (STARTTLS) or smtps://…. Not set: no mail is sent.",
    )
    mail_from: str = Field(
        "etappi@localhost", validation_alias="ETAPPI_MAIL_FROM", description="The sender of the mails."
    )

    log_format: Literal["auto", "json", "pretty"] = Field(
        "auto", validation_alias="ETAPPI_LOG_FORMAT", description="`auto` is pretty on a terminal and JSON elsewhere."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="ETAPPI_LOG_LEVEL", description="The least severe level that is logged."
    )
