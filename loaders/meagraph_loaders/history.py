"""History: the releases that there are, in the order in which builds gave them, and the way back.

When a release was made is no part of it, because the same sources always give the same release. It
stands beside the manifest in `made.json`: which release of its folder it was, counted from 1, and
the time. The number gives the order, so that neither a wrong clock nor a copy of the folder, which
changes the times of its files, can mix it up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from meagraph import files
from meagraph.errors import ReleaseError
from meagraph_loaders import release

RECORD = "made.json"


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


def record(made: Path) -> None:
    """Write down that a build has given this release now; only under the lock of all builds."""
    number = 1 + max(_made(folder).number for folder in _folders(made.parent))
    at = datetime.now(UTC).replace(microsecond=0)
    new = made.parent / f"{release.BUILDING}{os.getpid()}-{RECORD}"
    new.write_text(json.dumps({"number": number, "at": at.isoformat()}) + "\n", encoding="utf-8")
    new.replace(made / RECORD)
    release.sync(made)


def listed(releases: Path) -> list[Past]:
    """The releases of a folder, the newest first.

    Raises ReleaseError where there is none.
    """
    current = _current(releases)
    found = [_past(folder, current) for folder in _folders(releases)]
    if not found:
        raise ReleaseError(f"{releases}: there is no release here. Make one with: meagraph build")
    return sorted(found, key=lambda past: past.made, reverse=True)


def roll_back(
    releases: Path,
    name: str | None = None,
    tell: Callable[[str], None] = lambda said: None,
) -> tuple[Path, str]:
    """Make an earlier release current, once every file of it has been checked.

    It is the named one, else the newest whole one of those made before the current one. Gives its
    directory, and the name of the one that was current before ('' for none). `tell` hears of a
    build that is waited for and of damaged releases that are passed over. Raises ReleaseError where
    there is none to go back to, and where the named one is not there or damaged.
    """
    listed(releases)  # so that no folder is made where there is none
    with release.workshop(releases, lambda: tell("a build is at work here: waiting for its end")):
        there = listed(releases)
        chosen = _earlier(releases, there, tell) if name is None else _named(releases, there, name)
        before = _current(releases)
        with release.writing(releases):
            release.make_current(chosen)
        return chosen, before


def _earlier(releases: Path, there: list[Past], tell: Callable[[str], None]) -> Path:
    current = next((past.made for past in there if past.current), None)
    for past in there:
        if current is None or past.made < current:
            try:
                release.verify(past.folder)
                return past.folder
            except ReleaseError as error:
                tell(f"{past.name} is passed over: {error}")
    raise ReleaseError(
        f"{releases}: no whole release was made before the current one, so there is nothing to go "
        "back to. All that there are: meagraph releases"
    )


def _named(releases: Path, there: list[Past], name: str) -> Path:
    for past in there:
        if past.name == name:
            release.verify(past.folder)
            return past.folder
    names = ", ".join(past.name for past in there)
    raise ReleaseError(f"{releases}: there is no release {name!r}. There are: {names}")


def _past(folder: Path, current: str) -> Past:
    damage, manifest = "", dict[str, Any]()
    try:
        manifest = release.read_manifest(folder)
        damage = _damage(folder, manifest)
    except ReleaseError:
        damage = f"{release.MANIFEST} cannot be read"
    software, triples = manifest.get("software"), manifest.get("triples")
    return Past(
        folder=folder,
        made=_made(folder),
        version=str(software.get("version", "")) if isinstance(software, dict) else "",
        triples=triples if isinstance(triples, int) else None,
        current=folder.name == current,
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


def _made(folder: Path) -> Made:
    """What the record says, else the time of the manifest, behind all that are recorded."""
    try:
        said = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return Made(int(said["number"]), datetime.fromisoformat(said["at"]).astimezone(UTC))
    except (OSError, ValueError, KeyError, TypeError):
        manifest = folder / release.MANIFEST
        written = (manifest if manifest.is_file() else folder).stat().st_mtime
        return Made(0, datetime.fromtimestamp(written, UTC))


def _folders(releases: Path) -> list[Path]:
    if not releases.is_dir():
        return []
    return [path for path in releases.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _current(releases: Path) -> str:
    """The name of the release that is current, '' where there is none."""
    try:
        return (releases / files.CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
