"""Declare every setting of the service once: name, type, default, meaning.

The command-line options, the environment variables (``MEAGRAPH_`` and the name in capitals) and the
documentation are generated from this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from meagraph.core.errors import SettingsError

MOST_ROWS = 1000
"""Maximum rows per page of data (JSON, CSV)."""
MOST_HTML_ROWS = 200
"""Maximum rows of a table or list on an HTML page; larger page sizes are reduced to this."""


def variable(name: str) -> str:
    """The environment variable for a setting.

    >>> variable("port")
    'MEAGRAPH_PORT'
    """
    return f"MEAGRAPH_{name.upper()}"


def _read(kind: Callable[[str], object], right: str) -> BeforeValidator:
    """Convert the text of an environment variable with `kind`."""

    def read(value: object, info: ValidationInfo) -> object:
        try:
            return kind(value) if isinstance(value, str) else value
        except ValueError:
            where = variable(str(info.field_name))
            raise SettingsError(f"{where} is {value!r}; it must be {right}.") from None

    return BeforeValidator(read)


def _must(holds: Callable[[Any], bool], right: str) -> AfterValidator:
    """Reject values for which the predicate is false."""

    def check(value: object, info: ValidationInfo) -> object:
        if not holds(value):
            raise SettingsError(f"{info.field_name} is {value!r}; it must {right}.")
        return value

    return AfterValidator(check)


def _between(least: int, most: int) -> AfterValidator:
    return _must(lambda value: least <= value <= most, f"be {least} to {most}")


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "1", "false", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "1")


def _public_url(url: str) -> str:
    """Check a public URL. Raises SettingsError if links cannot begin with it."""
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(
            f"public_url is {url!r}; it must begin with https:// or http:// and name a host."
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingsError(
            "public_url must be no more than scheme, host, port and path: it is in every page. "
            "Leave out the user, password, query and fragment."
        )
    return url


def _proxies(proxies: str) -> str:
    """Check addresses of proxies. Raises SettingsError if one is no IP address or network."""
    for proxy in filter(None, (one.strip() for one in proxies.split(","))):
        try:
            if proxy != "*":
                ip_network(proxy)
        except ValueError:
            raise SettingsError(
                f"trusted_proxies names {proxy!r}, which is no IP address or network, e.g. "
                "192.0.2.1 or 192.0.2.0/24."
            ) from None
    return proxies


def _leads_to_people(contact: str) -> bool:
    return not contact or urlsplit(contact).scheme in ("http", "https", "mailto")


_Whole = Annotated[int, _read(int, "a whole number")]
_Number = Annotated[float, _read(float, "a number")]
_Switch = Annotated[bool, _read(_switch, "true or false")]
_ABOVE_ZERO = _must(lambda value: value > 0, "be above 0")  # nan is not
_METRICS = ("loopback", "all", "none")
_NOT_NEGATIVE = _must(lambda value: value >= 0, "not be below 0")


class Settings(BaseModel):
    """The settings of one service. Raises SettingsError with the setting and its valid values."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[_Whole, _between(1, 65535)] = 8000
    """Port to listen on."""
    processes: Annotated[_Whole, _ABOVE_ZERO] = 1
    """Processes that share the port, each with its own workers."""
    releases: Path | None = None
    """Folder of the releases; found automatically by default."""
    queries: Path | None = None
    """Folder of the canned queries; the built-in ones by default."""
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    """Public URL of this service, e.g. https://example.org/mea."""
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = ""
    """Addresses of proxies whose X-Forwarded-For is trusted, separated by commas."""
    engine: str = ""
    """URL of an existing SPARQL 1.1 endpoint to query instead of the release's own store."""
    engine_profile: str = "standard"
    """Profile of that engine: standard, oxigraph, virtuoso … (docs/engines.md)."""
    engine_auth: str = "none"
    """Authentication scheme of that engine: none, basic, digest or bearer."""
    engine_secret: Path | None = None
    """File with user:password, or with the token."""
    engine_connections: Annotated[_Whole, _ABOVE_ZERO] = 16
    """Concurrent queries sent to that engine."""
    engine_rows: Annotated[_Whole, _NOT_NEGATIVE] = 0
    """Rows at which that engine silently truncates results; 0 if it does not."""
    query_timeout: Annotated[_Number, _ABOVE_ZERO] = 30.0
    """Maximum duration of a query, in seconds."""
    query_memory: Annotated[_Whole, _ABOVE_ZERO] = 1_073_741_824
    """Maximum memory of a query, in bytes."""
    workers: Annotated[_Whole, _ABOVE_ZERO] = 4
    """Worker processes in the fast lane."""
    slow_after: Annotated[_Number, _ABOVE_ZERO] = 1.0
    """Seconds after which a query moves to the slow lane."""
    slow_workers: Annotated[_Whole, _ABOVE_ZERO] = 2
    """Concurrent queries in the slow lane."""
    max_wait: Annotated[_Number, _ABOVE_ZERO] = 5.0
    """Seconds that a query waits for a free worker."""
    memory_triples: Annotated[_Whole, _NOT_NEGATIVE] = 100_000
    """Releases with fewer triples are loaded into memory, others are read from disk."""
    cache_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 67_108_864
    """Size of the query cache in bytes; 0 to disable it."""
    page_cache_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 67_108_864
    """Size of the page cache in bytes; 0 to disable it."""
    client_queries: Annotated[_Whole, _NOT_NEGATIVE] = 10
    """Concurrent queries per client; 0 for no limit."""
    client_seconds: Annotated[_Number, _NOT_NEGATIVE] = 300.0
    """Seconds of query time per client and minute; 0 for no limit."""
    client_unsent_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 268_435_456
    """Unsent bytes of long responses per client; 0 for no limit."""
    max_unsent_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 1_073_741_824
    """Unsent bytes of long responses of all clients; 0 for no limit."""
    max_query_bytes: Annotated[_Whole, _ABOVE_ZERO] = 262_144
    """Maximum length of a query, in bytes."""
    max_result_bytes: Annotated[_Whole, _ABOVE_ZERO] = 268_435_456
    """Maximum length of a result, in bytes."""
    max_head_bytes: Annotated[_Whole, _ABOVE_ZERO] = 65_536
    """Maximum length of request line and headers, in bytes."""
    head_timeout: Annotated[_Number, _ABOVE_ZERO] = 10.0
    """Seconds in which a request's headers must arrive."""
    body_timeout: Annotated[_Number, _ABOVE_ZERO] = 30.0
    """Seconds in which a request's body must arrive."""
    max_connections: Annotated[_Whole, _ABOVE_ZERO] = 1000
    """Concurrent connections of all processes together."""
    client_connections: Annotated[_Whole, _NOT_NEGATIVE] = 100
    """Concurrent connections per client, or requests in progress through a trusted proxy; 0 for no
    limit."""
    shutdown_grace: Annotated[_Number, _NOT_NEGATIVE] = 5.0
    """Seconds that requests in progress have to finish when the service stops."""
    metrics: Annotated[str, _must(_METRICS.__contains__, f"be {', '.join(_METRICS)}")] = "loopback"
    """Who may read /metrics: loopback, all or none."""
    page_size: Annotated[_Whole, _between(1, MOST_HTML_ROWS)] = 50
    """Rows per page of a table in HTML, 1 to 200."""
    informea_decisions: _Switch = False
    """Whether to serve meetings and decisions to InforMEA: true if the secretariat does not publish
    them itself."""
    contact: Annotated[str, _must(_leads_to_people, "begin with https://, http:// or mailto:")] = ""
    """Where readers may report errors: a web address or mailto:…; nowhere by default."""

    @property
    def base_path(self) -> str:
        """The path of the public URL, with which all links begin: '' or ``/mea``.

        >>> Settings(public_url="https://example.org/mea/").base_path
        '/mea'
        """
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def address(self) -> str:
        """The URL of the service: the public URL, else the address on which it listens.

        >>> Settings(port=8080).address
        'http://127.0.0.1:8080'
        """
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"


class _FromEnvironment(Settings, BaseSettings):
    """Settings that default to environment variables."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=variable),
        case_sensitive=True,
        validate_by_name=True,
    )


def from_environment(**values: object) -> Settings:
    """The settings: from the arguments (None for unset), else the environment, else the defaults.

    Raises SettingsError with the setting and its valid values.

    >>> from_environment(port=8080, host=None).address
    'http://127.0.0.1:8080'
    """
    options: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    return Settings(**dict(_FromEnvironment(**options)))


@dataclass(frozen=True, slots=True)
class Setting:
    """The description of one setting."""

    name: str
    variable: str
    default: Any
    help: str
    kind: type


def table() -> tuple[Setting, ...]:
    """All settings, in order.

    >>> table()[1]
    Setting(name='port', variable='MEAGRAPH_PORT', default=8000, help='Port to listen on.', \
kind=<class 'int'>)
    """
    return tuple(
        Setting(
            name=name,
            variable=variable(name),
            default=field.default,
            help=" ".join(str(field.description).split()),
            kind=(*get_args(field.annotation), field.annotation)[0],
        )
        for name, field in Settings.model_fields.items()
    )
