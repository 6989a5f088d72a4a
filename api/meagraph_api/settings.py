"""Every setting of the service, declared once: name, type, default, meaning.

The command line's options, the environment variables (``MEAGRAPH_`` and the name in capitals) and
the documentation are made from this table.
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
"""The most rows of a page of data (JSON, CSV)."""
MOST_HTML_ROWS = 200
"""The most rows of a table or list that a page of HTML shows; who asks for more gets so many."""


def variable(name: str) -> str:
    """The environment variable of a setting.

    >>> variable("port")
    'MEAGRAPH_PORT'
    """
    return f"MEAGRAPH_{name.upper()}"


def _read(kind: Callable[[str], object], right: str) -> BeforeValidator:
    """Read the text of a variable."""

    def read(value: object, info: ValidationInfo) -> object:
        try:
            return kind(value) if isinstance(value, str) else value
        except ValueError:
            where = variable(str(info.field_name))
            raise SettingsError(f"{where} is {value!r}; it must be {right}.") from None

    return BeforeValidator(read)


def _must(holds: Callable[[Any], bool], right: str) -> AfterValidator:
    """Refuse a value for which something does not hold."""

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
    """The URL. Raises SettingsError for what cannot begin the links of pages."""
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
    """The addresses. Raises SettingsError for what is none: it would never be trusted."""
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
    """The settings of one service. Raises SettingsError, naming the setting and what is right."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[_Whole, _between(1, 65535)] = 8000
    """Port to listen on."""
    processes: Annotated[_Whole, _ABOVE_ZERO] = 1
    """Processes that share the port, each with workers of its own."""
    releases: Path | None = None
    """Folder of the releases; by default found by itself."""
    queries: Path | None = None
    """Folder of the canned queries; by default our own."""
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    """Address under which the public reaches this service, e.g. https://example.org/mea."""
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = ""
    """Addresses of proxies whose X-Forwarded-For is believed, separated by commas."""
    engine: str = ""
    """Address of an existing SPARQL 1.1 engine to ask, in place of the release's own store."""
    engine_profile: str = "standard"
    """Which kind of engine it is: standard, oxigraph, virtuoso … (docs/engines.md)."""
    engine_auth: str = "none"
    """How it lets us in: none, basic, digest or bearer."""
    engine_secret: Path | None = None
    """File that holds user:password, or the token."""
    engine_connections: Annotated[_Whole, _ABOVE_ZERO] = 16
    """Queries that are sent to it at a time."""
    engine_rows: Annotated[_Whole, _NOT_NEGATIVE] = 0
    """Rows at which it cuts answers without saying so; 0 where it does not."""
    query_timeout: Annotated[_Number, _ABOVE_ZERO] = 30.0
    """Seconds that a query may take."""
    query_memory: Annotated[_Whole, _ABOVE_ZERO] = 1_073_741_824
    """Bytes of memory that a query may take."""
    workers: Annotated[_Whole, _ABOVE_ZERO] = 4
    """Processes that answer queries in the fast lane."""
    slow_after: Annotated[_Number, _ABOVE_ZERO] = 1.0
    """Seconds after which a query moves to the slow lane."""
    slow_workers: Annotated[_Whole, _ABOVE_ZERO] = 2
    """Queries in the slow lane at a time."""
    max_wait: Annotated[_Number, _ABOVE_ZERO] = 5.0
    """Seconds that a query waits for a free process."""
    memory_triples: Annotated[_Whole, _NOT_NEGATIVE] = 100_000
    """Releases of fewer triples are held in memory, others are read from the disk."""
    cache_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 67_108_864
    """Memory for answers to repeated queries; 0 for none."""
    page_cache_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 67_108_864
    """Memory for finished pages; 0 for none."""
    client_queries: Annotated[_Whole, _NOT_NEGATIVE] = 10
    """Queries of one client at a time; 0 for any number."""
    client_seconds: Annotated[_Number, _NOT_NEGATIVE] = 300.0
    """Seconds of query time that one client has per minute; 0 for any time."""
    client_unsent_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 268_435_456
    """Bytes of long answers that wait until one client takes them; 0 for any number."""
    max_unsent_bytes: Annotated[_Whole, _NOT_NEGATIVE] = 1_073_741_824
    """Bytes of long answers that wait until clients take them; 0 for any number."""
    max_query_bytes: Annotated[_Whole, _ABOVE_ZERO] = 262_144
    """Longest query that is read, in bytes."""
    max_result_bytes: Annotated[_Whole, _ABOVE_ZERO] = 268_435_456
    """Longest answer that is sent, in bytes."""
    max_head_bytes: Annotated[_Whole, _ABOVE_ZERO] = 65_536
    """Longest request line and headers that are read, in bytes."""
    head_timeout: Annotated[_Number, _ABOVE_ZERO] = 10.0
    """Seconds in which a request's headers must arrive."""
    body_timeout: Annotated[_Number, _ABOVE_ZERO] = 30.0
    """Seconds in which a request's body must arrive."""
    max_connections: Annotated[_Whole, _ABOVE_ZERO] = 1000
    """Connections that are served at a time, by all processes together."""
    client_connections: Annotated[_Whole, _NOT_NEGATIVE] = 100
    """Connections of one client at a time, and behind a trusted proxy requests in progress; 0 for
    any number."""
    shutdown_grace: Annotated[_Number, _NOT_NEGATIVE] = 5.0
    """Seconds that requests under way have to finish when the service is to stop."""
    metrics: Annotated[str, _must(_METRICS.__contains__, f"be {', '.join(_METRICS)}")] = "loopback"
    """Who may read /metrics: loopback, all or none."""
    page_size: Annotated[_Whole, _between(1, MOST_HTML_ROWS)] = 50
    """Rows on a page of a table in HTML, 1 to 200."""
    informea_decisions: _Switch = False
    """Whether InforMEA gets meetings and decisions from here: true where the secretariat does not
    publish them itself."""
    contact: Annotated[str, _must(_leads_to_people, "begin with https://, http:// or mailto:")] = ""
    """Where readers may report errors: an address on the web or mailto:…; by default nowhere."""

    @property
    def base_path(self) -> str:
        """The path of the public address, which all links begin with: '' or ``/mea``.

        >>> Settings(public_url="https://example.org/mea/").base_path
        '/mea'
        """
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def address(self) -> str:
        """Where the service is reached, as far as it knows: publicly, else where it listens.

        >>> Settings(port=8080).address
        'http://127.0.0.1:8080'
        """
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"


class _FromEnvironment(Settings, BaseSettings):
    """The settings, with variables of the environment in place of the defaults."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=variable),
        case_sensitive=True,
        validate_by_name=True,
    )


def from_environment(**values: object) -> Settings:
    """The settings: those given (None counts as not given), else the environment's, else defaults.

    Raises SettingsError, naming the setting and what would be right.

    >>> from_environment(port=8080, host=None).address
    'http://127.0.0.1:8080'
    """
    options: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    return Settings(**dict(_FromEnvironment(**options)))


@dataclass(frozen=True, slots=True)
class Setting:
    """What is said about one setting."""

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
