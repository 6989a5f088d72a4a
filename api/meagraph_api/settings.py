"""Every setting of the service, declared once: name, default, meaning.

The command line's options, the environment variables (``MEAGRAPH_`` and the name in capitals) and
the documentation are made from this table.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints
from urllib.parse import urlsplit

from meagraph.core.errors import SettingsError

PREFIX = "MEAGRAPH_"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one service."""

    host: Annotated[str, "Address to listen on."] = "127.0.0.1"
    port: Annotated[int, "Port to listen on."] = 8000
    processes: Annotated[int, "Processes that share the port, each with workers of its own."] = 1
    releases: Annotated[Path | None, "Folder of the releases; by default found by itself."] = None
    queries: Annotated[Path | None, "Folder of the canned queries; by default our own."] = None
    public_url: Annotated[
        str, "Address under which the public reaches this service, e.g. https://example.org/mea."
    ] = ""
    trusted_proxies: Annotated[
        str, "Addresses of proxies whose X-Forwarded-For is believed, separated by commas."
    ] = ""
    engine: Annotated[
        str, "Address of an existing SPARQL 1.1 engine to ask, in place of the release's own store."
    ] = ""
    engine_profile: Annotated[
        str, "Which kind of engine it is: standard, oxigraph, virtuoso … (docs/engines.md)."
    ] = "standard"
    engine_auth: Annotated[str, "How it lets us in: none, basic, digest or bearer."] = "none"
    engine_secret: Annotated[Path | None, "File that holds user:password, or the token."] = None
    engine_connections: Annotated[int, "Queries that are sent to it at a time."] = 16
    engine_rows: Annotated[
        int, "Rows at which it cuts answers without saying so; 0 where it does not."
    ] = 0
    query_timeout: Annotated[float, "Seconds that a query may take."] = 30.0
    query_memory: Annotated[int, "Bytes of memory that a query may take."] = 1_073_741_824
    workers: Annotated[int, "Processes that answer queries in the fast lane."] = 4
    slow_after: Annotated[float, "Seconds after which a query moves to the slow lane."] = 1.0
    slow_workers: Annotated[int, "Queries in the slow lane at a time."] = 2
    max_wait: Annotated[float, "Seconds that a query waits for a free process."] = 5.0
    memory_triples: Annotated[
        int, "Releases of fewer triples are held in memory, others are read from the disk."
    ] = 100_000
    cache_bytes: Annotated[int, "Memory for answers to repeated queries; 0 for none."] = 67_108_864
    page_cache_bytes: Annotated[int, "Memory for finished pages; 0 for none."] = 67_108_864
    client_queries: Annotated[int, "Queries of one client at a time; 0 for any number."] = 10
    client_seconds: Annotated[
        float, "Seconds of query time that one client has per minute; 0 for any time."
    ] = 300.0
    client_unsent_bytes: Annotated[
        int, "Bytes of long answers that wait until one client takes them; 0 for any number."
    ] = 268_435_456
    max_unsent_bytes: Annotated[
        int, "Bytes of long answers that wait until clients take them; 0 for any number."
    ] = 1_073_741_824
    max_query_bytes: Annotated[int, "Longest query that is read, in bytes."] = 262_144
    max_result_bytes: Annotated[int, "Longest answer that is sent, in bytes."] = 268_435_456
    max_head_bytes: Annotated[int, "Longest request line and headers that are read, in bytes."] = (
        65_536
    )
    head_timeout: Annotated[float, "Seconds in which a request's headers must arrive."] = 10.0
    body_timeout: Annotated[float, "Seconds in which a request's body must arrive."] = 30.0
    max_connections: Annotated[
        int, "Connections that are served at a time, by all processes together."
    ] = 1000
    client_connections: Annotated[
        int,
        "Connections of one client at a time, and behind a trusted proxy requests in progress; 0 "
        "for any number.",
    ] = 100
    shutdown_grace: Annotated[
        float, "Seconds that requests under way have to finish when the service is to stop."
    ] = 5.0
    metrics: Annotated[str, "Who may read /metrics: loopback, all or none."] = "loopback"
    page_size: Annotated[int, "Rows on a page of a table in HTML, 1 to 200."] = 50
    informea_decisions: Annotated[
        bool,
        "Whether InforMEA gets meetings and decisions from here: true where the secretariat does "
        "not publish them itself.",
    ] = False
    contact: Annotated[
        str,
        "Where readers may report errors: an address on the web or mailto:…; by default nowhere.",
    ] = ""

    def __post_init__(self) -> None:
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:  # so that nan is none either
                raise SettingsError(f"{name} is {getattr(self, name)}; it must be above 0.")
        for name in _NOT_NEGATIVE:
            if not getattr(self, name) >= 0:
                raise SettingsError(f"{name} is {getattr(self, name)}; it must not be below 0.")
        for name, (least, most) in _BETWEEN.items():
            if not least <= getattr(self, name) <= most:
                found = getattr(self, name)
                raise SettingsError(f"{name} is {found}; it must be {least} to {most}.")
        if self.metrics not in METRICS:
            raise SettingsError(f"metrics is {self.metrics!r}; it must be {', '.join(METRICS)}.")
        if self.contact and urlsplit(self.contact).scheme not in ("http", "https", "mailto"):
            raise SettingsError(
                f"contact is {self.contact!r}; it must begin with https://, http:// or mailto:."
            )
        _check_public_url(self.public_url)
        _check_proxies(self.trusted_proxies)

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


def _check_public_url(url: str) -> None:
    """Raise SettingsError for what cannot begin the links of pages."""
    if not url:
        return
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


def _check_proxies(proxies: str) -> None:
    """Raise SettingsError for what is no address of a proxy: it would never be trusted."""
    for proxy in filter(None, (one.strip() for one in proxies.split(","))):
        try:
            if proxy != "*":
                ip_network(proxy)
        except ValueError:
            raise SettingsError(
                f"trusted_proxies names {proxy!r}, which is no IP address or network, e.g. "
                "192.0.2.1 or 192.0.2.0/24."
            ) from None


_ABOVE_ZERO = (
    "query_timeout",
    "query_memory",
    "processes",
    "engine_connections",
    "workers",
    "slow_after",
    "slow_workers",
    "max_wait",
    "max_query_bytes",
    "max_result_bytes",
    "max_head_bytes",
    "head_timeout",
    "body_timeout",
    "max_connections",
)
_NOT_NEGATIVE = (
    "engine_rows",
    "memory_triples",
    "cache_bytes",
    "client_connections",
    "page_cache_bytes",
    "client_queries",
    "client_seconds",
    "client_unsent_bytes",
    "max_unsent_bytes",
    "shutdown_grace",
)
MOST_ROWS = 1000
"""The most rows of a page of data (JSON, CSV)."""
MOST_HTML_ROWS = 200
"""The most rows of a table or list that a page of HTML shows; who asks for more gets so many."""
_BETWEEN = {"port": (1, 65535), "page_size": (1, MOST_HTML_ROWS)}

METRICS = ("loopback", "all", "none")
"""Who may read the metrics."""


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
    hints = get_type_hints(Settings, include_extras=True)
    return tuple(
        Setting(
            name=entry.name,
            variable=PREFIX + entry.name.upper(),
            default=entry.default,
            help=hints[entry.name].__metadata__[0],
            kind=_kind(hints[entry.name].__origin__),
        )
        for entry in fields(Settings)
    )


def _kind(hint: Any) -> type:
    """The type itself, also of an optional one."""
    kind: type = next((kind for kind in get_args(hint) if kind is not NoneType), hint)
    return kind


def from_environment(environment: Mapping[str, str] | None = None, **given: object) -> Settings:
    """The settings: those given (None counts as not given), else the environment's, else defaults.

    Raises SettingsError, naming the setting and what would be right.

    >>> from_environment({"MEAGRAPH_PORT": "8080"}, host="0.0.0.0").port
    8080
    """
    found = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for setting in table():
        if given.get(setting.name) is not None:
            values[setting.name] = given[setting.name]
        elif setting.variable in found:
            values[setting.name] = _read(setting, found[setting.variable])
    return Settings(**values)


def _read(setting: Setting, text: str) -> object:
    try:
        return _switch(text) if setting.kind is bool else setting.kind(text)
    except ValueError:
        right = {int: "a whole number", float: "a number", bool: "true or false"}[setting.kind]
        raise SettingsError(f"{setting.variable} is {text!r}; it must be {right}.") from None


def _switch(text: str) -> bool:
    match text.lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
    raise ValueError(text)
