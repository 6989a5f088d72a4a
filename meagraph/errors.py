"""The errors that meagraph raises, for outside programs: `meagraph.core.errors`, re-exported."""

from meagraph.core.errors import *  # noqa: F403
