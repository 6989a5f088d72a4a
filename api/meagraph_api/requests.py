"""Reads what a request says, strictly: what is not UTF-8 is an error, not a replacement mark."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from meagraph.errors import BadValue, RequestTooLarge

Pairs = list[tuple[str, str]]


def query_pairs(request: Request) -> Pairs:
    """The names and values behind the question mark. Raises BadValue."""
    return pairs(request.scope["query_string"], "the query string")


def pairs(encoded: bytes, where: str) -> Pairs:
    """Names and values of ``application/x-www-form-urlencoded`` text, in order.

    Raises BadValue where it is not UTF-8.

    >>> pairs(b"country=KAZ&country=UZB&text=", "the form")
    [('country', 'KAZ'), ('country', 'UZB'), ('text', '')]
    """
    try:
        return parse_qsl(
            encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=5000
        )
    except UnicodeDecodeError:
        raise BadValue(f"Something in {where} is not UTF-8.") from None
    except ValueError as error:
        raise BadValue(f"In {where}: {error}.") from None


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
