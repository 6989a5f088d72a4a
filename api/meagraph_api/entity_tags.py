"""Entity tags: how a client learns that what it holds is still what it would be sent.

https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

_OPAQUE = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_LENGTH = 32


def tag(*parts: str) -> str:
    """A strong entity tag of everything that an answer depends on, in this order.

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
    """What stands for a long text in a tag: computed once for the texts of the service itself."""
    return hashlib.sha256(text.encode()).hexdigest()


def of(content: bytes, media_type: str) -> str:
    """A strong entity tag of an answer that is there in full.

    >>> of(b"a", "text/plain") == of(b"a", "text/css")
    False
    """
    return tag(hashlib.sha256(content).hexdigest(), media_type)


def names(if_none_match: str | None, entity_tag: str) -> bool:
    """Whether the If-None-Match header of a request names a tag, compared weakly.

    https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2. A cache that compresses an answer makes
    its tag a weak one, and may still ask with it.

    >>> [names(header, '"a"') for header in ('"a"', 'W/"a", "b"', "*", '"ab"', "a", None)]
    [True, True, False, False, False, False]
    """
    return if_none_match is not None and entity_tag in _OPAQUE.findall(if_none_match)


def matches(if_none_match: str | None, entity_tag: str) -> bool:
    """Whether the header names the tag of an answer that there is, or any that there may be.

    >>> matches("*", '"a"')
    True
    """
    anything = if_none_match is not None and if_none_match.strip() == "*"
    return anything or names(if_none_match, entity_tag)
