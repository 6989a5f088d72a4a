"""Frames arrive whole, however the connection cuts them."""

from __future__ import annotations

import socket
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from meagraph_api.engine import frames

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
HEADERS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    TEXTS.filter(lambda key: key != "length"), st.none() | st.booleans() | st.integers() | TEXTS
)
MESSAGES = st.lists(st.tuples(HEADERS, st.binary()))


@given(MESSAGES, st.integers(1, 50))
def test_frames_are_put_together_from_any_pieces(
    messages: list[tuple[dict[str, Any], bytes]], size: int
) -> None:
    sent = b"".join(
        frames.frame({**header, "length": len(content)}, content) for header, content in messages
    )
    reader = frames.Reader()
    received = [
        message
        for start in range(0, len(sent), size)
        for message in reader.feed(sent[start : start + size])
    ]
    assert received == [
        ({**header, "length": len(content)}, content) for header, content in messages
    ]


@given(HEADERS, st.binary())
def test_a_frame_is_waited_for(header: dict[str, Any], content: bytes) -> None:
    header = {**header, "length": len(content)}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(frames.frame(header, content))
        assert frames.read(theirs) == (header, content)


def test_a_connection_that_closes_in_the_middle_gives_nothing() -> None:
    whole = frames.frame({"length": 6}, b"ASK {}")
    for sent in (b"", b"\x00\x00", whole[:-8], whole[:-3]):
        ours, theirs = socket.socketpair()
        with theirs:
            with ours:
                ours.sendall(sent)
            assert frames.read(theirs) is None
