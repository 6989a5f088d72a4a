"""Static files over HTTP: styles, pictures and the bundle of scripts."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from meagraph_api.documents import FOR_GOOD, REVALIDATED, Document

_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


class Files(StaticFiles):
    """Serves the files of a folder.

    Where a compressed file with `.gz` at the end of its name stands beside a file, it is one of the
    bundle: its name holds a hash of its content, so caches may keep it for good.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        for path in folder.glob("*.*"):  # now, so that no request waits for it
            _document(path, path.stat().st_mtime_ns)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """One file."""
        del status_code  # always 200: there is no page of ours for what is missing
        document = _document(Path(full_path), stat_result.st_mtime_ns)
        return document.answer(HTTPConnection(scope))


@lru_cache(maxsize=128)
def _document(path: Path, modified: int) -> Document:
    """A file as it was when it was last modified."""
    del modified
    media_type = _MEDIA_TYPES.get(path.suffix, "application/octet-stream")
    packed = path.with_name(f"{path.name}.gz")
    if packed.is_file():
        return Document(path.read_bytes(), media_type, FOR_GOOD, packed.read_bytes())
    return Document(path.read_bytes(), media_type, REVALIDATED)
