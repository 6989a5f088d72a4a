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
from datetime import UTC, datetime
from pathlib import Path

from meagraph.core import releases as shelf
from meagraph.core.errors import ReleaseError
from meagraph.core.releases import RECORD, Past, listed
from meagraph_loaders import release

__all__ = ["RECORD", "Past", "listed", "record", "roll_back"]


def record(made: Path) -> None:
    """Write down that a build has given this release now; only under the lock of all builds."""
    number = 1 + max(shelf.made(folder).number for folder in shelf.folders(made.parent))
    at = datetime.now(UTC).replace(microsecond=0)
    new = made.parent / f"{release.BUILDING}{os.getpid()}-{RECORD}"
    new.write_text(json.dumps({"number": number, "at": at.isoformat()}) + "\n", encoding="utf-8")
    new.replace(made / RECORD)
    release.sync(made)


def roll_back(
    releases: Path,
    name: str | None = None,
    log: Callable[[str], None] = lambda message: None,
) -> tuple[Path, str]:
    """Make an earlier release current, once every file of it has been checked.

    It is the named one, else the newest whole one of those made before the current one. Gives its
    directory, and the name of the one that was current before ('' for none). `log` hears of a
    build that is waited for and of damaged releases that are passed over. Raises ReleaseError where
    there is none to go back to, and where the named one is not there or damaged.
    """
    listed(releases)  # so that no folder is made where there is none
    with release.workshop(releases, lambda: log("a build is at work here: waiting for its end")):
        there = listed(releases)
        chosen = _earlier(releases, there, log) if name is None else _named(releases, there, name)
        before = shelf.current(releases)
        with release.writing(releases):
            release.make_current(chosen)
        return chosen, before


def _earlier(releases: Path, there: list[Past], log: Callable[[str], None]) -> Path:
    current = next((past.made for past in there if past.current), None)
    for past in there:
        if current is None or past.made < current:
            try:
                release.verify(past.folder)
                return past.folder
            except ReleaseError as error:
                log(f"{past.name} is passed over: {error}")
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
