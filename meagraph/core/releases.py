"""Find, check and open the releases of a folder, for building and serving.

The layout is in docs/release.md. Files of the manifest are only read here, never changed.
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
"""The file of a release with the checksums of its files, as computed on this machine."""
STORE = "store/"
"""The folder of a release with its store."""
_SERVED = (files.IMAGE, files.SEARCH, files.ONTOLOGY_PAGE, "validation.ttl", "measures.json.gz")
"""Files that are served if a release has them, so the manifest must list them."""
_SHA256 = re.compile("[0-9a-f]{64}")
RECORD = "made.json"
"""The file of a release with its number in the folder, and the time it was made."""


@dataclass(frozen=True, slots=True, order=True)
class Made:
    """When a release was made, or when a build last had the same result."""

    number: int
    """Its number in the folder; 0 if not recorded."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """A release of a folder."""

    folder: Path
    made: Made
    version: str
    """The version of the software that made it, '' if its manifest cannot be read."""
    triples: int | None
    current: bool
    damage: str
    """The fault found by comparing file sizes with the manifest, '' if none."""

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.folder.name


def read_manifest(release: Path) -> dict[str, Any]:
    """Read the manifest of a release. Raises ReleaseError if it is unreadable or malformed."""
    path = release / files.MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if is_machine_fault(error):
            raise  # the release itself may be intact
        raise ReleaseError(f"{path}: cannot be read ({error!r}). {_REMEDY}") from None
    if wrong := _wrong_manifest(manifest):
        raise ReleaseError(f"{path}: cannot be read (it {wrong}). {_REMEDY}")
    return dict(manifest)


def check(release: Path, *, excluding: Collection[str] = ()) -> dict[str, Any]:
    """Check the files of a release against its manifest, and return the manifest.

    Sizes are always compared. A checksum is computed once on a machine and saved in the release, or
    in memory if the release is read-only; it is computed again when the file has changed.
    `excluding` names files, or folders with a trailing `/`, that are not checked; with it, other
    files may be missing too.

    Raises ReleaseError for the first file that is missing, changed, or served but not listed,
    OSError if one cannot be read.
    """
    manifest = read_manifest(release)
    listed: dict[str, dict[str, Any]] = manifest["files"]
    excluded = tuple(excluding)
    for name in _SERVED:
        if name not in listed and name not in excluded and (release / name).exists():
            raise ReleaseError(f"{release / name}: is not in the manifest. {_REMEDY}")
    known = _remembered(release)
    taken: dict[str, list[Any]] = {}
    for name, fingerprint in listed.items():
        if excluded and (name.startswith(excluded) or not (release / name).exists()):
            continue
        path = release / name
        try:
            found = path.stat()
            if not path.is_file() or found.st_size != fingerprint["bytes"]:
                raise ReleaseError(f"{path}: is not of the size in the manifest. {_REMEDY}")
            # Nobody can set the ctime of a file: it differs in every copy and after every write.
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
    """The first difference between the triple counts of a store and a manifest, '' if none.

    `graphs` has the number of triples of each named graph by IRI, `default` is that of the default
    graph. The graph that describes the release, which the manifest does not count, is ignored.
    """
    described = names.graph("dataset")
    expected = {_graph(name): number for name, number in manifest["graphs"].items() if number}
    for graph in sorted({*expected, *graphs} - {described}):
        if expected.get(graph, 0) != graphs.get(graph, 0):
            return (
                f"the graph {graph} has {graphs.get(graph, 0):,} triples, but "
                f"{expected.get(graph, 0):,} in the manifest"
            )
    total = manifest["triples"]
    if default not in (total, total + graphs.get(described, 0)):
        return f"the default graph has {default:,} triples, but {total:,} in the manifest"
    return ""


def open_store(release: Path) -> pyoxigraph.Store:
    """Open the store of a release read-only. Raises ReleaseError if it cannot be opened."""
    import pyoxigraph

    try:
        return pyoxigraph.Store.read_only(str(release / "store"))
    except (OSError, RuntimeError) as error:  # a damaged file is a RuntimeError of pyoxigraph
        raise ReleaseError(
            f"{release}: its store cannot be opened ({' '.join(str(error).split())}). {_REMEDY}"
        ) from None


def listed(releases: Path) -> list[Past]:
    """The releases of a folder, newest first.

    Raises ReleaseError if there is none.
    """
    now = current(releases)
    found = [_past(folder, now) for folder in folders(releases)]
    if not found:
        raise ReleaseError(f"{releases}: there is no release here. Make one with: meagraph build")
    return sorted(found, key=lambda past: past.made, reverse=True)


def find(releases: Path, name: str) -> Past | None:
    """The release with that id or directory name, None if there is none.

    Of several with the same id (`{id}` and `{id}-2`) it is the current one, else the newest
    undamaged one.
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
    """When a release was made by its record, else by the time of its manifest with number 0."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return Made(int(record["number"]), datetime.fromisoformat(record["at"]).astimezone(UTC))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        manifest = folder / files.MANIFEST
        written = (manifest if manifest.is_file() else folder).stat().st_mtime
        return Made(0, datetime.fromtimestamp(written, UTC))


def folders(releases: Path) -> list[Path]:
    """The directories of the releases of a folder, in no particular order."""
    if not releases.is_dir():
        return []
    return [path for path in releases.iterdir() if path.is_dir() and not path.name.startswith(".")]


def current(releases: Path) -> str:
    """The name of the current release, '' if there is none."""
    try:
        return files.current_name(releases)
    except (OSError, ReleaseError):
        return ""


_REMEDY = "Make the release again with: meagraph build"

_in_memory: dict[Path, dict[str, list[Any]]] = {}
"""The content of `CHECKED` for each release; the only copy if a release is read-only."""
_in_memory_lock = Lock()


def _wrong_manifest(manifest: Any) -> str:
    """The first fault in the types of a manifest, '' if none."""
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
            return f"lists {name!r}, which is not a file of a release"
        if not isinstance(fingerprint, dict):
            return f"has no size and checksum of {name!r}"
        size, digest = fingerprint.get("bytes"), fingerprint.get("sha256")
        if type(size) is not int or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            return f"has no size and checksum of {name!r}"
    return ""


def _graph(name: str) -> str:
    """The IRI of a graph in the manifest, which may be shortened to its last segment."""
    return name if ":" in name else names.graph(name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remembered(release: Path) -> dict[str, list[Any]]:
    """Size, ctime, inode and checksum of each file that was checked on this machine."""
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
    with suppress(OSError):  # a read-only folder: kept in memory only
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
    """The first file that is missing or of another size, '' if none; contents are not read."""
    for name, fingerprint in manifest["files"].items():
        try:
            if (folder / name).stat().st_size != fingerprint["bytes"]:
                return f"{name} has another size"
        except OSError:
            return f"{name} is missing"
    return ""
