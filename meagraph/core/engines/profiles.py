"""Profiles and connection settings of SPARQL engines.

The service uses them for queries, the loaders for publishing a release.
"""

from __future__ import annotations

import ssl
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from meagraph.core.errors import SettingsError

AUTH_SCHEMES = ("none", "basic", "digest", "bearer")
"""Authentication schemes (RFC 7617, RFC 7616, RFC 6750)."""

ALWAYS_REFUSED = ("bif:", "sql:", "java:")
"""Prefixes of IRIs by which some engine runs code beyond SPARQL; refused on all engines."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The properties of a kind of engine; `profiles.yaml` explains each of them."""

    name: str
    title: str
    query: str
    update: str
    graph_store: str | None
    max_update_triples: int
    max_load_triples: int
    truncation_headers: tuple[str, ...]
    ask_column: str | None
    replacements: Mapping[str, str]
    extension_prefixes: tuple[str, ...]
    function_prefixes: tuple[str, ...]
    renamed_iris: Mapping[str, str]
    concatenates_strings_only: bool
    max_keys: int
    tested: bool

    @property
    def refused(self) -> tuple[str, ...]:
        """Prefixes of IRIs that no query may use, in lower case."""
        return tuple(dict.fromkeys((*ALWAYS_REFUSED, *self.extension_prefixes)))


@cache
def profiles() -> dict[str, Profile]:
    """All profiles by name; missing properties are those of the first profile.

    >>> profiles()["oxigraph"].graph_store
    '{base}/store'
    """
    read = yaml.safe_load((files(__package__) / "profiles.yaml").read_text(encoding="utf-8"))
    return {name: _profile(name, {**read["standard"], **entry}) for name, entry in read.items()}


def _profile(name: str, entry: dict[str, Any]) -> Profile:
    fields: dict[str, Any] = {
        key: tuple(it) if isinstance(it, list) else it for key, it in entry.items()
    }
    return Profile(name=name, **fields)


@dataclass(frozen=True, slots=True)
class Access:
    """Connection settings of an engine: URL, profile, credentials."""

    url: str
    profile: Profile
    scheme: str = "none"
    """The authentication scheme, one of `AUTH_SCHEMES`."""
    secret: str = field(default="", repr=False)
    """``user:password`` for basic and digest, the token for bearer."""

    @property
    def update(self) -> str:
        """The URL of its update operation."""
        return self._filled(self.profile.update)

    @property
    def graph_store(self) -> str | None:
        """The URL of its Graph Store Protocol, None if it has none."""
        template = self.profile.graph_store
        return None if template is None else self._filled(template)

    def __str__(self) -> str:
        return f"{self.profile.title} at {self.url}"

    def auth(self) -> httpx.Auth | None:
        """Authentication for httpx, a new object for each client since digest counts requests."""
        user, _, password = self.secret.partition(":")
        match self.scheme:
            case "basic":
                return httpx.BasicAuth(user, password)
            case "digest":
                return httpx.DigestAuth(user, password)
            case "bearer":
                return _Bearer(self.secret)
            case _:
                return None

    def _filled(self, template: str) -> str:
        base, _, last = self.url.rstrip("/").rpartition("/")
        return template.format(url=self.url.rstrip("/"), base=base, last=last)


def tls_context() -> ssl.SSLContext:
    """TLS settings that trust the certificates of the system and of SSL_CERT_FILE."""
    return ssl.create_default_context()


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def access(url: str, profile: str, auth: str, secret: Path | None) -> Access:
    """Read the connection settings of an engine; the secret is read from its file.

    Raises SettingsError.

    >>> access("http://127.0.0.1:7878/query", "oxigraph", "none", None).update
    'http://127.0.0.1:7878/update'
    """
    _check_address(url)
    if profile not in profiles():
        raise SettingsError(f"engine_profile is {profile!r}; it must be {', '.join(profiles())}.")
    if auth not in AUTH_SCHEMES:
        raise SettingsError(f"engine_auth is {auth!r}; it must be {', '.join(AUTH_SCHEMES)}.")
    if auth == "none":
        return Access(url, profiles()[profile])
    return Access(url, profiles()[profile], auth, _secret(auth, secret))


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname)
        guarded: Any = parts.username or parts.password
    except ValueError:
        named, guarded = False, None
    if not named:
        raise SettingsError(
            "engine is not the URL of a SPARQL endpoint; it must begin with https:// or http://."
        )
    if guarded:
        # The URL and this message are logged.
        raise SettingsError(
            "engine contains a user or a password. Put them into a file, named by engine_secret."
        )


def _secret(auth: str, path: Path | None) -> str:
    right = "the token" if auth == "bearer" else "user:password"
    if path is None:
        raise SettingsError(f"engine_auth is {auth}; engine_secret must name a file with {right}.")
    try:
        secret = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"engine_secret: {path} cannot be read: {error}.") from None
    if not secret.isprintable() or not secret or (auth != "bearer" and ":" not in secret):
        raise SettingsError(f"engine_secret: {path} must contain {right}, in one line.")
    return secret
