"""Finds the resource folders (ontology, shapes, queries, data) and the releases.

In an installed wheel the folders lie in ``meagraph/resources/``; in a checkout they are the
top-level folders of the repository.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import platformdirs

from meagraph.core.errors import ReleaseError

CURRENT = "current"
"""The file in the releases folder that holds the id of the release being served."""

_LONGEST_NAME = 255
"""Bytes that the name of a directory may have on common file systems."""

MANIFEST = "manifest.json"
"""The file of a release that lists its files, and says what it holds."""
IMAGE = "image.nq.gz"
"""The file of a release that holds all quads of its store, to be read into memory."""

ONTOLOGY_PAGE = "ontology.html"
"""The file of a release that holds the documentation of the ontology, to be put into a page."""
SEARCH = "search.db"
"""The file of a release that holds its search index."""
SEARCH_LAYOUT = 1
"""The number of the layout of that file (its `user_version`): another layout has another number."""


def root() -> Path:
    """The folder that holds `ontology/`, `shapes/`, `queries/` and `data/`."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "resources"
    return packed if packed.is_dir() else package.parent


def folder(name: str) -> Path:
    """One resource folder, e.g. ``folder("queries")``.

    Raises FileNotFoundError when the installation lacks it.
    """
    path = root() / name
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: this installation of meagraph lacks its {name}/ folder")
    return path


def releases(folder: str | os.PathLike[str] | None = None) -> Path:
    """Where releases lie: the given folder, else ``MEAGRAPH_RELEASES``, else the checkout's
    ``releases/``, else the user's data folder (as platformdirs knows it).
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
    """The directory of the release being served.

    Raises ReleaseError when there is none, or when `current` names one that is not there.
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
            f"{pointer}: cannot be read ({error.strerror or error}). "
            "Let the user who runs this program read it"
        ) from None
    release = base / name
    if not (release / MANIFEST).is_file():
        raise ReleaseError(
            f"{pointer}: names the release {name!r}, which is not whole. "
            "Make it anew with: meagraph build"
        )
    return release


def current_name(base: Path) -> str:
    """The name that the file `current` in a folder of releases holds.

    Raises ReleaseError when it holds anything but the name of one directory of that folder, OSError
    when it cannot be read.
    """
    pointer = base / CURRENT
    name, wrong = "", ""
    content = _beginning(pointer)
    if content is None:
        wrong = "is not a file"
    elif len(content.strip()) > _LONGEST_NAME:
        wrong = f"is longer than the name of a release, which has at most {_LONGEST_NAME} bytes"
    else:
        try:
            name = content.decode("utf-8-sig").strip()  # some editors begin with a byte order mark
        except UnicodeDecodeError as error:
            wrong = f"is not UTF-8 text at byte {error.start} ({content[:8].hex(' ')} …)"
        else:
            if not name:
                wrong = "is empty"
            elif name.startswith(".") or not name.isprintable() or {"/", "\\"} & set(name):
                wrong = f"holds {name!r}, which is not the name of a directory beside it"
    if wrong:
        raise ReleaseError(
            f"{pointer}: {wrong}. Write the name of a release into it, in UTF-8, or run: "
            "meagraph rollback RELEASE"
        )
    return name


def _beginning(path: Path) -> bytes | None:
    """As much of a file as a name may have and a little more; None where it is not a file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return os.read(descriptor, 2 * _LONGEST_NAME)
    finally:
        os.close(descriptor)
