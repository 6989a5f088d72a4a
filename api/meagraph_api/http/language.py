"""Choose the language of a page: ``?lang=``, else a cookie, else the Accept-Language header.

A choice by ``?lang=`` is kept in a cookie, which holds only the code of the language.
`strip_language` removes the parameter before anything else reads the request, so every URL accepts
it. Code that depends on the language calls `language_of`; the response headers then name it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import unquote_plus, urlencode

from babel import Locale, negotiate_locale
from starlette.requests import Request
from starlette.types import Scope

from meagraph.core.errors import BadValue
from meagraph.core.names import SOURCE
from meagraph.core.quoting import quoted

PARAMETER = "lang"
"""The name of the parameter, and of the cookie."""

LOCALE = Path(__file__).parents[1] / "locale"
"""The folder of the catalogues."""

_REQUESTED = "meagraph.requested_languages"
_DECIDED = "meagraph.language"
_YEAR = 365 * 24 * 3600

_query: ContextVar[str] = ContextVar("query", default="")
"""The query string, without the language, of the request whose page is being rendered."""


def strip_language(scope: Scope) -> Scope:
    """The scope of a request without ``?lang=``, which is stored for `language_of`.

    >>> scope = {"query_string": b"q=a%20b&lang=ru", "state": {}}
    >>> strip_language(scope)["query_string"], scope["state"]
    (b'q=a%20b', {'meagraph.requested_languages': ['ru']})
    """
    mark = PARAMETER.encode() + b"="
    if mark not in scope["query_string"]:
        return scope
    pieces = scope["query_string"].split(b"&")
    requested = [_value(piece) for piece in pieces if piece.startswith(mark)]
    if not requested:
        return scope
    scope.setdefault("state", {})[_REQUESTED] = requested
    kept = b"&".join(piece for piece in pieces if not piece.startswith(mark))
    return {**scope, "query_string": kept}


def parameters(scope: Scope) -> list[tuple[str, str]]:
    """The ``lang`` parameters that `strip_language` removed, for redirects.

    >>> scope = {"query_string": b"q=a&lang=ru", "state": {}}
    >>> parameters(strip_language(scope))
    [('lang', 'ru')]
    """
    return [(PARAMETER, language) for language in scope.get("state", {}).get(_REQUESTED, [])]


def language_of(request: Request) -> str:
    """The code of the language for the response to a request, one of `languages()`.

    Raises BadValue if ``?lang=`` names another one.
    """
    state = request.scope.setdefault("state", {})
    _query.set(strip_language(request.scope)["query_string"].decode("latin-1"))
    requested: list[str] = state.get(_REQUESTED, [])
    if not requested:
        return preferred(request)
    chosen = requested[0]
    if len(requested) > 1 or chosen not in languages():
        there = ", ".join(languages())
        raise BadValue(
            f"lang={quoted(' and '.join(requested))} is not a language of this site: {there}."
        )
    state[_DECIDED] = chosen
    return chosen


def preferred(request: Request) -> str:
    """The preferred language of a request without ``?lang=``: by cookie, else by header."""
    kept = _in_cookie(request.headers.get("cookie"))
    chosen = kept or negotiated(request.headers.get("accept-language"), tuple(languages()))
    request.scope.setdefault("state", {})[_DECIDED] = chosen
    return chosen


def undecided(scope: Scope) -> None:
    """Forget the language of a request whose response does not depend on it after all."""
    scope.get("state", {}).pop(_DECIDED, None)


@lru_cache(maxsize=256)
def negotiated(header: str | None, offered: tuple[str, ...]) -> str:
    """The offered language that an Accept-Language header prefers, else English.

    RFC 9110, section 12.5.4, by the "lookup" of RFC 4647, section 3.4: a range matches its own
    language, whatever its region; of equal qualities the first in the header wins.

    >>> negotiated("de, ru-KZ;q=0.9, en;q=0.8", ("en", "ru"))
    'ru'
    >>> [negotiated(header, ("en", "ru")) for header in (None, "", "kk", "*", "en;q=0, ru;q=0.1")]
    ['en', 'en', 'en', 'en', 'ru']
    """
    items = (item.partition(";") for item in (header or "").lower().split(","))
    ranges = [(_quality(parameters), language.strip()) for language, _, parameters in items]
    accepted = [one for one in ranges if one[0] > 0]
    accepted.sort(key=lambda one: one[0], reverse=True)
    return negotiate_locale([language for _, language in accepted], offered, sep="-") or SOURCE


def page_query() -> str:
    """The query string, without the language, of the request whose page is being rendered."""
    return _query.get()


def set_page_query(query: str) -> None:
    """Set the query string for pages rendered from now on in this context; see `page_query`."""
    _query.set(query)


def switch(language: str) -> str:
    """The relative URL from the page being rendered to its version in another language."""
    pieces = [_query.get(), urlencode({PARAMETER: language})]
    return "?" + "&".join(filter(None, pieces))


class LanguageHeaders:
    """Add Content-Language, Vary and the cookie to responses that depend on the language."""

    def __init__(self, path: str = "", secure: bool = False) -> None:
        """Restrict the cookie to a path, and with `secure` to encrypted connections."""
        self._cookie = f"Path={path or '/'}; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
        self._cookie += "; Secure" if secure else ""

    def of(
        self, scope: Scope, headers: Sequence[tuple[bytes, bytes]]
    ) -> Sequence[tuple[bytes, bytes]]:
        """The headers of a response, with those about its language if it depends on one."""
        state = scope["state"]
        if _DECIDED not in state:
            return headers
        return [*_varying(headers), *self._language_headers(state)]

    def _language_headers(self, state: dict[str, object]) -> Iterator[tuple[bytes, bytes]]:
        language = str(state[_DECIDED])
        yield b"content-language", language.encode()
        if state.get(_REQUESTED) == [language]:
            yield b"set-cookie", f"{PARAMETER}={language}; {self._cookie}".encode()


def _varying(headers: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The headers with a single Vary that includes those that decide the language."""
    named = [value.split(b",") for name, value in headers if name.lower() == b"vary"]
    fields = [name.strip() for names in named for name in names]
    yield from (field for field in headers if field[0].lower() != b"vary")
    yield b"vary", b", ".join(dict.fromkeys([*fields, b"Accept-Language", b"Cookie"]))


def _value(piece: bytes) -> str:
    return unquote_plus(piece.partition(b"=")[2].decode("latin-1"))


@lru_cache(maxsize=256)
def _in_cookie(header: str | None) -> str | None:
    """The language in a Cookie header, if it is supported.

    Parsed by hand: the standard library takes quadratic time for quoted values.

    >>> [_in_cookie(header) for header in ("a=b; lang=ru", 'lang="ru"', "lang=xx", "lang", None)]
    ['ru', 'ru', None, None, None]
    """
    for piece in (header or "").split(";"):
        name, _, value = piece.strip().partition("=")
        if name == PARAMETER and value.strip('"') in languages():
            return value.strip('"')
    return None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


@cache
def languages() -> dict[str, str]:
    """The supported languages: endonyms by code, English first.

    >>> languages()["ru"]
    'Русский'
    """
    others = sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())
    return {code: own_name(code) for code in (SOURCE, *others)}


def own_name(code: str) -> str:
    """The name of a language in that language.

    >>> own_name("kk")
    'Қазақ тілі'
    """
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]
