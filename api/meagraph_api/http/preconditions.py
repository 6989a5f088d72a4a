"""Entity tags, conditional requests and ranges.

https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 defines entity tags, section 13.2.2 the
precedence of preconditions, section 14 ranges.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from starlette.datastructures import Headers

from meagraph.core.errors import NoSuchRange, PreconditionFailed

_OPAQUE = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_LENGTH = 32


def tag(*parts: str) -> str:
    """A strong entity tag from everything that a response depends on, in this order.

    >>> tag("release", "query") == tag("release", "query")
    True
    >>> tag("ab", "c") == tag("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode(errors="surrogatepass")
        digest.update(b"%d:" % len(encoded) + encoded)
    return f'"{digest.hexdigest()[:_LENGTH]}"'


@lru_cache(maxsize=256)
def digest(text: str) -> str:
    """The hash of a long text for use in a tag, cached."""
    return hashlib.sha256(text.encode()).hexdigest()


def tag_of(content: bytes, media_type: str) -> str:
    """A strong entity tag of a complete response.

    >>> tag_of(b"a", "text/plain") == tag_of(b"a", "text/css")
    False
    """
    return tag(hashlib.sha256(content).hexdigest(), media_type)


def names(if_none_match: str | None, entity_tag: str) -> bool:
    """Whether an If-None-Match header lists a tag, by weak comparison.

    https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2. Caches that compress a response weaken
    its tag, and may still send it.

    >>> [names(header, '"a"') for header in ('"a"', 'W/"a", "b"', "*", '"ab"', "a", None)]
    [True, True, False, False, False, False]
    """
    return if_none_match is not None and entity_tag in _OPAQUE.findall(if_none_match)


def matches(if_none_match: str | None, entity_tag: str) -> bool:
    """Whether an If-None-Match header lists the tag of an existing response, or is ``*``.

    >>> matches("*", '"a"')
    True
    """
    anything = if_none_match is not None and if_none_match.strip() == "*"
    return anything or names(if_none_match, entity_tag)


_RANGES = re.compile(r"\s*bytes\s*=\s*(.+)", re.IGNORECASE)
_RANGE = re.compile(r"\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*")
_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


def unchanged(headers: Headers, entity_tag: str, modified: datetime) -> bool:
    """Whether the client's copy is current, so that the response is 304.

    `modified` is in whole seconds. Raises PreconditionFailed if If-Match or If-Unmodified-Since
    fails.
    """
    if (if_match := headers.get("if-match")) is not None:
        # Compared strongly: a weak tag matches nothing.
        if if_match.strip() != "*" and entity_tag not in _strong_tags(if_match):
            raise PreconditionFailed(f"The current entity tag is {entity_tag}.")
    elif (since := _date(headers.get("if-unmodified-since"))) is not None and modified > since:
        raise PreconditionFailed(f"The file was last modified on {modified:%Y-%m-%d %H:%M:%S} UTC.")
    if (sent := headers.get("if-none-match")) is not None:
        return matches(sent, entity_tag)
    since = _date(headers.get("if-modified-since"))
    return since is not None and modified <= since


def ranges(header: str | None, size: int) -> str | None:
    """The satisfiable ranges of a Range header for a file of a size, in normal form.

    None if the header is missing or malformed, and so ignored. Raises NoSuchRange if no range is
    satisfiable.

    >>> ranges("bytes=0-4, 90-, -3, 200-300", 100)
    'bytes=0-4,90-99,97-99'
    >>> ranges("bytes=4-0", 100) is None and ranges("lines=1-2", 100) is None
    True
    """
    match = _RANGES.fullmatch(header or "")
    if match is None:
        return None
    found = []
    for part in match[1].split(","):
        bounds = _RANGE.fullmatch(part)
        if bounds is None or not (bounds[1] or bounds[2]):
            return None
        first = int(bounds[1]) if bounds[1] else max(size - int(bounds[2]), 0)
        last = int(bounds[2]) if bounds[1] and bounds[2] else size - 1
        if bounds[1] and last < first < size:
            return None
        if first < size and not (not bounds[1] and int(bounds[2]) == 0):
            found.append(f"{first}-{min(last, size - 1)}")
    if not found:
        raise NoSuchRange(f"None of the ranges is within the {size:,} bytes of the file.", size)
    return f"bytes={','.join(found)}"


def _strong_tags(header: str) -> list[str]:
    """The strong entity tags in a header."""
    return _TAG.findall(re.sub(r'W/"[^"]*"', "", header))


def _date(header: str | None) -> datetime | None:
    """The date in a header, None if it is missing or invalid.

    >>> _date("Mon, 01 Jan 2001 00:00:00 GMT")
    datetime.datetime(2001, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> _date("Fri, 31 Dec 9999 23:59:59 -2359") is None
    True
    """
    try:
        date = parsedate_to_datetime(header or "")
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # outside the range of datetime, perhaps only in UTC
        return None
