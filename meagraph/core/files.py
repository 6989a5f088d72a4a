"""Locate the resource folders (ontology, shapes, queries, data) and the releases.

An installed wheel has the resource folders in ``meagraph/resources/``, a checkout at the top level
of the repository.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import platformdirs

from meagraph.core.errors import ReleaseError

CURRENT = "current"
"""The file in the releases folder with the directory name of the current release."""

_LONGEST_NAME = 255
"""The maximum length of a directory name on common file systems, in bytes."""

MANIFEST = "manifest.json"
"""The file of a release that lists its files and describes its contents."""
IMAGE = "image.nq.gz"
"""The file of a release with all quads of its store, for loading into memory."""

ONTOLOGY_PAGE = "ontology.html"
"""The file of a release with the ontology documentation, an HTML fragment of a page."""
SEARCH = "search.db"
"""The file of a release with its search index."""
SEARCH_LAYOUT = 1
"""The version of the schema of that file (its `user_version`)."""


def root() -> Path:
    """The parent folder of `ontology/`, `shapes/`, `queries/` and `data/`."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "resources"
    return packed if packed.is_dir() else package.parent


def folder(name: str) -> Path:
    """The path of a resource folder, e.g. ``folder("queries")``.

    Raises FileNotFoundError if the installation lacks it.
    """
    path = root() / name
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: this installation of meagraph lacks its {name}/ folder")
    return path


def releases(folder: str | os.PathLike[str] | None = None) -> Path:
    """The folder of releases: `folder`, else ``MEAGRAPH_RELEASES``, else the checkout's
    ``releases/``, else the user's data folder (see platformdirs).
    """
    if folder is not None:
        return Path(folder).absolute()
    if from_environment := os.environ.get("MEAGRAPH_RELEASES"):
        return Path(from_environment).absolute()
    base = root()
    if (base / "pyproject.toml").is_file():
        return base / "releases"
    return Path(platformdirs.user_data_dir("meagraph")) / "releases"


def current_release(folder: str | os.PathLike[str] | None = None) -> Path:
    """The directory of the current release.

    Raises ReleaseError if there is none, or if `current` names a missing or incomplete release.
    """
    base = releases(folder)
    pointer = base / CURRENT
    try:
        name = current_name(base)
    except FileNotFoundError:
        raise ReleaseError(
            f"{base}: there is no release here. Make one with: meagraph build"
        ) from None
    except OSError as error:
        raise ReleaseError(
            f"{pointer}: cannot be read ({error.strerror or error}). Make it readable for this user"
        ) from None
    release = base / name
    if not (release / MANIFEST).is_file():
        raise ReleaseError(
            f"{pointer}: names the release {name!r}, which is incomplete. "
            "Make it again with: meagraph build"
        )
    return release


def current_name(base: Path) -> str:
    """The directory name in the file `current` of a folder of releases.

    Raises ReleaseError if the content cannot be a directory name, OSError if the file cannot be
    read.
    """
    pointer = base / CURRENT
    name, wrong = "", ""
    content = _read_start(pointer)
    if content is None:
        wrong = "is not a file"
    elif len(content.strip()) > _LONGEST_NAME:
        wrong = f"is longer than the name of a release may be ({_LONGEST_NAME} bytes)"
    else:
        try:
            name = content.decode("utf-8-sig").strip()  # some editors begin with a byte order mark
        except UnicodeDecodeError as error:
            wrong = f"is not UTF-8 text at byte {error.start} ({content[:8].hex(' ')} …)"
        else:
            if not name:
                wrong = "is empty"
            elif name.startswith(".") or not name.isprintable() or {"/", "\\"} & set(name):
                wrong = f"contains {name!r}, which is not the name of a directory beside it"
    if wrong:
        raise ReleaseError(
            f"{pointer}: {wrong}. Write the name of a release into it, in UTF-8, or run: "
            "meagraph rollback RELEASE"
        )
    return name


def _read_start(path: Path) -> bytes | None:
    """The first bytes of a file, more than a name may have; None if it is not a regular file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return os.read(descriptor, 2 * _LONGEST_NAME)
    finally:
        os.close(descriptor)
