"""Map the IRIs of things to the URLs of their documents on this service.

Things have IRIs under ``id/``, named graphs under ``graph/``. Their documents omit ``id/``, and
keep ``graph/``; no kind of thing has that name.

| thing | page | data |
|---|---|---|
| `id/country/KAZ` | `/page/country/KAZ` | `/data/country/KAZ.ttl` |
| `graph/inferred` | `/page/graph/inferred` | `/data/graph/inferred.ttl` |
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, unquote

from meagraph.core import names
from meagraph.core.errors import UnknownAddress
from meagraph.core.quoting import shortened
from meagraph.core.results.formats import GRAPHS, Format

_KINDS = (names.ID, names.GRAPH)

SUFFIXES: Mapping[str, Format] = MappingProxyType(
    {"ttl": GRAPHS[0], "nt": GRAPHS[1], "jsonld": GRAPHS[2], "rdf": GRAPHS[3]}
)
"""Data formats by URL suffix; the first is the default."""

DATA = tuple(SUFFIXES.values())
"""The data formats in order of preference."""

PAGE = Format("html", ("text/html",))
"""HTML, the format of pages."""


def is_thing(address: str) -> bool:
    """Whether an IRI is that of a thing (or of a part of one), by its form.

    >>> is_thing("https://w3id.org/meagraph/id/country/KAZ")
    True
    >>> is_thing("https://w3id.org/meagraph/ontology#Measure")
    False
    """
    return address.startswith(_KINDS)


def document(address: str) -> str:
    """The IRI of a thing without its fragment, as HTTP requests it.

    >>> document("https://w3id.org/meagraph/id/country/KAZ#membership-cms")
    'https://w3id.org/meagraph/id/country/KAZ'
    """
    return address.partition("#")[0]


def path(address: str) -> str:
    """The path of a thing's documents below ``/page/`` and ``/data/``, without a suffix.

    >>> path("https://w3id.org/meagraph/id/measure/argali-ssap-2014-2024/1.1.1")
    'measure/argali-ssap-2014-2024/1.1.1'
    >>> path("https://w3id.org/meagraph/graph/inferred")
    'graph/inferred'
    """
    return address.removeprefix(names.ID).removeprefix(names.BASE)


def page(address: str) -> str:
    """The path of the page of a thing or of a part of it.

    >>> page("https://w3id.org/meagraph/id/country/KAZ#membership-cms")
    '/page/country/KAZ#membership-cms'
    """
    return f"/page/{path(address)}"


def data(address: str, format_: Format | None = None) -> str:
    """The path of the data of a thing, in a format or subject to negotiation.

    >>> data("https://w3id.org/meagraph/id/country/KAZ", DATA[0])
    '/data/country/KAZ.ttl'
    """
    return f"/data/{path(address)}" + (f".{suffix(format_)}" if format_ else "")


def suffix(format_: Format) -> str:
    """The URL suffix of a data format.

    >>> suffix(DATA[2])
    'jsonld'
    """
    return next(name for name, entry in SUFFIXES.items() if entry == format_)


def requested_path(raw_path: str, room: str) -> str:
    """The path below ``/id/``, ``/page/`` or ``/data/``, normalised as in the IRIs of things.

    `raw_path` is as sent by the client: only what must be percent-encoded stays encoded. Raises
    UnknownAddress if it is not UTF-8.

    >>> requested_path("/page/country/%4BAZ", "page")
    'country/KAZ'
    >>> requested_path("/page/source/a%2Fb%20c.txt", "page")
    'source/a%2Fb%20c.txt'
    """
    _, _, below = raw_path.partition(f"/{room}/")
    try:
        return normal(below)
    except UnicodeDecodeError:
        raise UnknownAddress(
            f"There is nothing at {shortened(raw_path)}: it is not UTF-8."
        ) from None


def normal(some_path: str) -> str:
    """A path with minimal percent-encoding, as in `names.thing`."""
    segments = some_path.split("/")
    return "/".join(quote(unquote(segment, errors="strict"), safe="") for segment in segments)


def split_suffix(some_path: str) -> tuple[str, Format | None]:
    """Split a path into the path and the format of its suffix, if it has one.

    >>> split_suffix("measure/argali-ssap-2014-2024/1.1.1.ttl")[0]
    'measure/argali-ssap-2014-2024/1.1.1'
    >>> split_suffix("source/saiga-mtiwp-2016-2020.txt")
    ('source/saiga-mtiwp-2016-2020.txt', None)
    """
    whole, _, ending = some_path.rpartition(".")
    return (whole, SUFFIXES[ending]) if whole and ending in SUFFIXES else (some_path, None)


def iri(address: str) -> str:
    """An IRI as a SPARQL term.

    >>> iri("https://example.org/a")
    '<https://example.org/a>'
    """
    assert is_iri(address), address  # noqa: S101 (callers check before)
    return f"<{address}>"


def is_iri(address: str) -> bool:
    """Whether a text is valid as an IRI in SPARQL; foreign graphs may contain invalid ones.

    https://www.w3.org/TR/sparql11-query/#rIRIREF

    >>> is_iri("https://example.org/a b")
    False
    """
    return not set(address) & _NOT_IN_IRI


_NOT_IN_IRI = frozenset('<>"{}|^`\\') | frozenset(map(chr, range(0x21)))
