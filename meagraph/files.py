"""Finds the resource folders (ontology, shapes, queries, data) and the releases.

In an installed wheel the folders lie in ``meagraph/files/``; in a checkout they are the top-level
folders of the repository.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from meagraph.errors import ReleaseError

CURRENT = "current"
"""The file in the releases folder that holds the id of the release being served."""

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
    package = Path(__file__).resolve().parent
    packed = package / "files"
    return packed if packed.is_dir() else package.parent


def folder(name: str) -> Path:
    """One resource folder, e.g. ``folder("queries")``.

    Raises FileNotFoundError when the installation lacks it.
    """
    path = root() / name
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: this installation of meagraph lacks its {name}/ folder")
    return path


def releases(given: str | os.PathLike[str] | None = None) -> Path:
    """Where releases lie: the given folder, else ``MEAGRAPH_RELEASES``, else the checkout's
    ``releases/``, else the user's data folder (as platformdirs knows it).
    """
    if given is not None:
        return Path(given).absolute()
    if from_environment := os.environ.get("MEAGRAPH_RELEASES"):
        return Path(from_environment).absolute()
    base = root()
    if (base / "pyproject.toml").is_file():
        return base / "releases"
    return Path(platformdirs.user_data_dir("meagraph")) / "releases"


def current_release(given: str | os.PathLike[str] | None = None) -> Path:
    """The directory of the release being served.

    Raises ReleaseError when there is none, or when `current` names one that is not there.
    """
    base = releases(given)
    pointer = base / CURRENT
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ReleaseError(
            f"{base}: there is no release here. Make one with: meagraph build"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(
            f"{pointer}: cannot be read ({error}). It holds the name of a release in UTF-8. "
            "Write it anew with: meagraph rollback RELEASE"
        ) from None
    release = base / name
    if not name or "\0" in name or not (release / "manifest.json").is_file():
        raise ReleaseError(
            f"{pointer}: names the release {name!r}, which is not whole. "
            "Make it anew with: meagraph build"
        )
    return release
