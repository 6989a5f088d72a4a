"""The columns of results in JSON, put into another order while the results are read."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing_extensions import Buffer

_HEAD = re.compile(r'\s*\{\s*"head"\s*:\s*')
_LONGEST = 1_048_576
"""Bytes at the beginning of results in which the head is looked for."""


def reordered(body: IO[bytes], order: Callable[[list[str]], Sequence[str]]) -> IO[bytes]:
    """Results in JSON whose head names the same columns in another order.

    Only the order of `vars` changes (https://www.w3.org/TR/sparql11-results-json/#select-vars). A
    body that does not begin with its head is given as it is.

    >>> read = io.BytesIO(b'{"head":{"vars":["a","b"]},"results":{"bindings":[]}}')
    >>> reordered(read, lambda names: names[::-1]).read()
    b'{"head":{"vars": ["b", "a"]},"results":{"bindings":[]}}'
    """
    beginning = body.read(_LONGEST)
    text = beginning.decode("utf-8", "ignore")  # a character may be cut at the end
    try:
        found = _HEAD.match(text)
        head, end = json.JSONDecoder().raw_decode(text, found.end() if found else len(text))
        head["vars"] = list(order(head["vars"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        body.seek(0)
        return body
    body.seek(len(text[:end].encode()))
    changed = f'{{"head":{json.dumps(head)}'.encode()
    return cast(IO[bytes], io.BufferedReader(_Chain(changed, body)))


class _Chain(io.RawIOBase):
    """Some bytes, and then those of a file."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def readinto(self, target: Buffer, /) -> int:
        """Fill a buffer; the number of bytes put into it, 0 at the end."""
        view = memoryview(target)
        piece = self._first.read(len(view)) or self._rest.read(len(view))
        view[: len(piece)] = piece
        return len(piece)
