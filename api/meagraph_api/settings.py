"""Every setting of the service, declared once: name, default, meaning.

The command line's options, the environment variables (``MEAGRAPH_`` and the name in capitals) and
the documentation are made from this table.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints
from urllib.parse import urlsplit

from meagraph.errors import SettingsError

PREFIX = "MEAGRAPH_"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one service."""

    host: Annotated[str, "Address to listen on."] = "127.0.0.1"
    port: Annotated[int, "Port to listen on."] = 8000
    releases: Annotated[Path | None, "Folder of the releases; by default found by itself."] = None
    queries: Annotated[Path | None, "Folder of the canned queries; by default our own."] = None
    public_url: Annotated[
        str, "Address under which the public reaches this service, e.g. https://example.org/mea."
    ] = ""
    query_timeout: Annotated[float, "Seconds that a query may take."] = 30.0
    max_concurrent: Annotated[int, "Queries that run at a time."] = 4
    max_query_bytes: Annotated[int, "Longest query that is read, in bytes."] = 262_144
    max_result_bytes: Annotated[int, "Longest answer that is sent, in bytes."] = 67_108_864
    page_size: Annotated[int, "Rows on a page of a table in HTML."] = 50

    def __post_init__(self) -> None:
        for name in ("query_timeout", "max_concurrent", "max_query_bytes", "max_result_bytes"):
            if not getattr(self, name) > 0:  # so that nan is none either
                raise SettingsError(f"{name} is {getattr(self, name)}; it must be above 0.")
        if not 1 <= self.page_size <= MOST_ROWS:
            raise SettingsError(f"page_size is {self.page_size}; it must be 1 to {MOST_ROWS}.")
        if self.public_url and urlsplit(self.public_url).scheme not in ("http", "https"):
            raise SettingsError(
                f"public_url is {self.public_url!r}; it must begin with https:// or http://."
            )

    @property
    def base_path(self) -> str:
        """The path of the public address, which all links begin with: '' or ``/mea``.

        >>> Settings(public_url="https://example.org/mea/").base_path
        '/mea'
        """
        return urlsplit(self.public_url).path.rstrip("/")


MOST_ROWS = 1000
"""The most rows that a page of a table holds."""


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
        return setting.kind(text)
    except ValueError:
        right = {int: "a whole number", float: "a number"}[setting.kind]
        raise SettingsError(f"{setting.variable} is {text!r}; it must be {right}.") from None
