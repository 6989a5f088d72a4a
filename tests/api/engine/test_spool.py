"""An answer is collected in memory or in a file, compressed or not, and is always the same."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core.errors import ResultTooLarge
from meagraph_api.engine.spool import IN_MEMORY, Spool

PIECES = st.lists(st.binary(max_size=100).flatmap(lambda b: st.integers(0, 9000).map(b.__mul__)))


@given(PIECES, st.booleans())
def test_what_comes_out_is_what_went_in(pieces: list[bytes], compress: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer"
        spool = Spool(path, 10**9, compress=compress)
        for piece in pieces:
            spool.write(piece)
        body = spool.finish()
        whole = b"".join(pieces)
        assert path.exists() == (len(whole) > IN_MEMORY)
        sent = path.read_bytes() if path.exists() else body
        assert len(sent) == spool.length
        assert spool.gzipped == (compress and len(whole) >= 1024)
        assert (gzip.decompress(sent) if spool.gzipped else sent) == whole


@pytest.mark.parametrize("most", [10, IN_MEMORY + 10])
def test_too_much_is_refused_and_leaves_no_file(tmp_path: Path, most: int) -> None:
    spool = Spool(tmp_path / "answer", most, compress=False)
    spool.write(b"x" * most)
    with pytest.raises(ResultTooLarge, match=f"longer than {most:,} bytes; nothing of it was sent"):
        spool.write(b"x")
    spool.discard()
    assert list(tmp_path.iterdir()) == []


def test_the_same_answer_is_compressed_to_the_same_bytes(tmp_path: Path) -> None:
    packed = []
    for number in range(2):
        spool = Spool(tmp_path / str(number), 10**9, compress=True)
        spool.write(b"an answer " * 1000)
        packed.append(spool.finish())
    assert packed[0] == packed[1]
