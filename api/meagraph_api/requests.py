"""Reads what a request says, strictly: what is not UTF-8 is an error, not a replacement mark."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from meagraph.errors import BadValue, RequestTooLarge
from meagraph_api.request_limits import check_parameters

Pairs = list[tuple[str, str]]


def query_pairs(request: Request) -> Pairs:
    """The names and values behind the question mark. Raises BadValue."""
    return pairs(request.scope["query_string"], "the query string")


def pairs(encoded: bytes, where: str) -> Pairs:
    """Names and values of ``application/x-www-form-urlencoded`` text, in order.

    Raises BadValue where it is not UTF-8, or beyond the limits of `request_limits`.

    >>> pairs(b"country=KAZ&country=UZB&text=", "the form")
    [('country', 'KAZ'), ('country', 'UZB'), ('text', '')]
    """
    check_parameters(encoded, where)
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadValue(f"Something in {where} is not UTF-8.") from None


async def body(request: Request, most: int) -> bytes:
    """The body, if it is not too long. Raises RequestTooLarge."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > most:
            raise RequestTooLarge(f"The body is longer than {most:,} bytes.")
    return bytes(received)


def one(given: Pairs, name: str) -> str | None:
    """The value of what may be given once. Raises BadValue where it is given more often."""
    values = [value for key, value in given if key == name]
    if len(values) > 1:
        raise BadValue(f"{name} is given {len(values)} times; give it once.")
    return values[0] if values else None
