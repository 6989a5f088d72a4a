"""Releases: which ones a folder holds, read by those who build and by those who serve.

The layout is in docs/release.md. Only files that make a release what it is are read here; nothing
is changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meagraph import files
from meagraph.errors import ReleaseError

if TYPE_CHECKING:
    import pyoxigraph

MANIFEST = "manifest.json"
RECORD = "made.json"
"""Beside the manifest: which release of its folder it is, and when it was made."""


@dataclass(frozen=True, slots=True, order=True)
class Made:
    """When a release was made, or when a build last gave the same one."""

    number: int
    """Which one of its folder it was; 0 where nothing records it."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """A release of a folder."""

    folder: Path
    made: Made
    version: str
    """Of the software that made it, '' where its manifest cannot be read."""
    triples: int | None
    current: bool
    damage: str
    """What is wrong with it, '' where a cheap look finds nothing."""

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.folder.name


def read_manifest(release: Path) -> dict[str, Any]:
    """The manifest of a release; raises ReleaseError when there is none that can be read."""
    path = release / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files = {name: dict(fingerprint) for name, fingerprint in manifest["files"].items()}
        return {**manifest, "id": str(manifest["id"]), "files": files}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ReleaseError(
            f"{path}: cannot be read ({error!r}). Make the release anew with: meagraph build"
        ) from None


def open_store(release: Path) -> pyoxigraph.Store:
    """Open the store of a release, only to read. Raises ReleaseError where that cannot be done."""
    import pyoxigraph

    try:
        return pyoxigraph.Store.read_only(str(release / "store"))
    except (OSError, RuntimeError) as error:  # a damaged file is a RuntimeError of pyoxigraph
        raise ReleaseError(
            f"{release}: its store cannot be opened ({' '.join(str(error).split())}). "
            "Make the release anew with: meagraph build"
        ) from None


def listed(releases: Path) -> list[Past]:
    """The releases of a folder, the newest first.

    Raises ReleaseError where there is none.
    """
    now = current(releases)
    found = [_past(folder, now) for folder in folders(releases)]
    if not found:
        raise ReleaseError(f"{releases}: there is no release here. Make one with: meagraph build")
    return sorted(found, key=lambda past: past.made, reverse=True)


def find(releases: Path, name: str) -> Past | None:
    """The release of that id or directory, None where there is none.

    A release that lies there twice (`{id}` and `{id}-2`) is the current one of the two, else the
    newest that is whole.
    """
    now = current(releases)
    found = [
        _past(folder, now)
        for folder in folders(releases)
        if name == folder.name or name == folder.name.partition("-")[0]
    ]
    exact = [past for past in found if past.name == name and "-" in name]
    return max(
        exact or found,
        key=lambda past: (past.current, not past.damage, past.made),
        default=None,
    )


def made(folder: Path) -> Made:
    """What the record says, else the time of the manifest, behind all that are recorded."""
    try:
        said = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return Made(int(said["number"]), datetime.fromisoformat(said["at"]).astimezone(UTC))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        manifest = folder / MANIFEST
        written = (manifest if manifest.is_file() else folder).stat().st_mtime
        return Made(0, datetime.fromtimestamp(written, UTC))


def folders(releases: Path) -> list[Path]:
    """The directories of the releases of a folder, in no order."""
    if not releases.is_dir():
        return []
    return [path for path in releases.iterdir() if path.is_dir() and not path.name.startswith(".")]


def current(releases: Path) -> str:
    """The name of the release that is current, '' where there is none."""
    try:
        return (releases / files.CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _past(folder: Path, now: str) -> Past:
    damage, manifest = "", dict[str, Any]()
    try:
        manifest = read_manifest(folder)
        damage = _damage(folder, manifest)
    except ReleaseError:
        damage = f"{MANIFEST} cannot be read"
    software, triples = manifest.get("software"), manifest.get("triples")
    return Past(
        folder=folder,
        made=made(folder),
        version=str(software.get("version", "")) if isinstance(software, dict) else "",
        triples=triples if isinstance(triples, int) else None,
        current=folder.name == now,
        damage=damage,
    )


def _damage(folder: Path, manifest: dict[str, Any]) -> str:
    """The first file that is not there or not of its size; what is in it is not read."""
    for name, fingerprint in manifest["files"].items():
        try:
            if (folder / name).stat().st_size != fingerprint["bytes"]:
                return f"{name} has another size"
        except (OSError, KeyError, TypeError):
            return f"{name} is missing"
    return ""
