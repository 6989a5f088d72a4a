"""Releases: which ones a folder holds, read by those who build and by those who serve.

The layout is in docs/release.md. Only files that make a release what it is are read here; nothing
of them is changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from meagraph.core import files, names
from meagraph.core.errors import ReleaseError, is_machine_fault

if TYPE_CHECKING:
    import pyoxigraph

CHECKED = "checked.json"
"""Beside the manifest: the checksums that were taken of its files on this machine."""
STORE = "store/"
"""The folder of the store, in a release."""
_SERVED = (files.IMAGE, files.SEARCH, files.ONTOLOGY_PAGE, "validation.ttl", "measures.json.gz")
"""Files that are served where a release has them, so that the manifest must list them."""
_SHA256 = re.compile("[0-9a-f]{64}")
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
    """The manifest of a release; raises ReleaseError when it cannot be read or lacks something."""
    path = release / files.MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if is_machine_fault(error):
            raise  # which says nothing of the release
        raise ReleaseError(f"{path}: cannot be read ({error!r}). {_REMEDY}") from None
    if wrong := _wrong_manifest(manifest):
        raise ReleaseError(f"{path}: cannot be read (it {wrong}). {_REMEDY}")
    return dict(manifest)


def check(release: Path, *, leaving_out: Collection[str] = ()) -> dict[str, Any]:
    """Check that the files of a release are those of its manifest; gives the manifest.

    Sizes are compared always. A checksum is taken once on a machine and remembered in the release,
    or in memory where it cannot be written to; it is taken anew when the file has changed since.
    `leaving_out` names files, or folders by a name that ends in `/`, that are not looked at; others
    may then be missing too.

    Raises ReleaseError with the first file that is missing, changed or served without being listed,
    OSError when one cannot be read.
    """
    manifest = read_manifest(release)
    listed: dict[str, dict[str, Any]] = manifest["files"]
    left_out = tuple(leaving_out)
    for name in _SERVED:
        if name not in listed and name not in left_out and (release / name).exists():
            raise ReleaseError(f"{release / name}: is not in the manifest. {_REMEDY}")
    known = _remembered(release)
    taken: dict[str, list[Any]] = {}
    for name, fingerprint in listed.items():
        if left_out and (name.startswith(left_out) or not (release / name).exists()):
            continue
        path = release / name
        try:
            found = path.stat()
            if not path.is_file() or found.st_size != fingerprint["bytes"]:
                raise ReleaseError(f"{path}: is not of the size in the manifest. {_REMEDY}")
            # The time of the last change of a file (ctime) can be set by nobody: it differs in
            # every copy, and after every writing.
            as_it_is = [found.st_size, found.st_ctime_ns, found.st_ino]
            before = known.get(name)
            same = isinstance(before, list) and before[:-1] == as_it_is
            digest = before[-1] if same and before is not None else _digest(path)
        except FileNotFoundError:
            raise ReleaseError(f"{path}: is missing. {_REMEDY}") from None
        taken[name] = [*as_it_is, digest]
        if digest != fingerprint["sha256"]:
            _remember(release, known | taken)
            raise ReleaseError(f"{path}: has another checksum than in the manifest. {_REMEDY}")
    if any(known.get(name) != entry for name, entry in taken.items()):
        _remember(release, known | taken)
    return manifest


def differing_counts(manifest: Mapping[str, Any], graphs: Mapping[str, int], default: int) -> str:
    """How the triples of a store differ from a manifest, '' where they agree.

    `graphs` has the triples of each named graph by its IRI, `default` is how many the default graph
    has. The description of the release, of which the manifest has no number, may be beside them.
    """
    described = names.graph("dataset")
    expected = {_graph(name): number for name, number in manifest["graphs"].items() if number}
    for graph in sorted({*expected, *graphs} - {described}):
        if expected.get(graph, 0) != graphs.get(graph, 0):
            return (
                f"the graph {graph} holds {graphs.get(graph, 0):,} triples, and "
                f"{expected.get(graph, 0):,} in the manifest"
            )
    total = manifest["triples"]
    if default not in (total, total + graphs.get(described, 0)):
        return f"the default graph holds {default:,} triples, and {total:,} in the manifest"
    return ""


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
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return Made(int(record["number"]), datetime.fromisoformat(record["at"]).astimezone(UTC))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        manifest = folder / files.MANIFEST
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
        return files.current_name(releases)
    except (OSError, ReleaseError):
        return ""


_REMEDY = "Make the release anew with: meagraph build"

_in_memory: dict[Path, dict[str, list[Any]]] = {}
"""What `CHECKED` holds, for releases that cannot be written to."""
_in_memory_lock = Lock()


def _wrong_manifest(manifest: Any) -> str:
    """What is wrong with the types of a manifest, '' where nothing is."""
    if not isinstance(manifest, dict):
        return "is not a JSON object"
    kinds = {"id": str, "triples": int, "graphs": dict, "files": dict}
    for key, kind in kinds.items():
        if type(manifest.get(key)) is not kind:
            return f"has no {key!r} of the right type"
    for graph, number in manifest["graphs"].items():
        if type(number) is not int:
            return f"has no number of triples for the graph {graph!r}"
    for name, fingerprint in manifest["files"].items():
        if not name.isprintable() or {"..", ".", ""} & set(name.split("/")):
            return f"lists {name!r}, which is no file of a release"
        if not isinstance(fingerprint, dict):
            return f"has no size and checksum of {name!r}"
        size, digest = fingerprint.get("bytes"), fingerprint.get("sha256")
        if type(size) is not int or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            return f"has no size and checksum of {name!r}"
    return ""


def _graph(name: str) -> str:
    """The IRI of a graph of the manifest, which has the last segment of those of ours."""
    return name if ":" in name else names.graph(name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remembered(release: Path) -> dict[str, list[Any]]:
    """Size, time of change, inode and checksum of each file that was checked on this machine."""
    with _in_memory_lock:
        if release in _in_memory:
            return _in_memory[release]
    try:
        found = json.loads((release / CHECKED).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(release: Path, checked: dict[str, list[Any]]) -> None:
    with _in_memory_lock:
        _in_memory[release] = checked
    text = json.dumps(checked, indent=1) + "\n"
    with suppress(OSError):  # a folder that is only read: memory has to do
        descriptor, name = tempfile.mkstemp(prefix=".checked-", dir=release)
        new = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            new.chmod(0o644)
            new.replace(release / CHECKED)
        except OSError:
            new.unlink(missing_ok=True)


def _past(folder: Path, now: str) -> Past:
    damage, manifest = "", dict[str, Any]()
    try:
        manifest = read_manifest(folder)
        damage = _damage(folder, manifest)
    except ReleaseError:
        damage = f"{files.MANIFEST} cannot be read"
    software, triples = manifest.get("software"), manifest.get("triples")
    return Past(
        folder=folder,
        made=made(folder),
        version=str(software.get("version", "")) if isinstance(software, dict) else "",
        triples=triples,
        current=folder.name == now,
        damage=damage,
    )


def _damage(folder: Path, manifest: dict[str, Any]) -> str:
    """The first file that is not there or not of its size; what is in it is not read."""
    for name, fingerprint in manifest["files"].items():
        try:
            if (folder / name).stat().st_size != fingerprint["bytes"]:
                return f"{name} has another size"
        except OSError:
            return f"{name} is missing"
    return ""
