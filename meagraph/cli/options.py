"""Options: the settings of the service as options of a command, made from their table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from meagraph_api.settings import Setting, table

_Command = TypeVar("_Command", bound=Callable[..., Any])

_TYPES: Mapping[str, click.ParamType[Any]] = {
    "port": click.IntRange(1, 65535),
    "queries": click.Path(exists=True, file_okay=False, path_type=Path),
}
"""Where an option takes less than what the type of its setting allows."""


def settings(
    *, but: Collection[str] = (), only: Collection[str] = ()
) -> Callable[[_Command], _Command]:
    """Give a command an option for every setting, but for those that it declares itself.

    `only` names those that it takes, where it does not take all.

    What is not given is None, so that the environment or the default counts.
    """

    def decorate(command: _Command) -> _Command:
        for setting in reversed(table()):
            if setting.name not in but and (not only or setting.name in only):
                command = _option(setting)(command)
        return command

    return decorate


def name(setting: Setting) -> str:
    """The option of a setting.

    >>> name(table()[0])
    '--host'
    """
    return "--" + setting.name.replace("_", "-")


def _option(setting: Setting) -> Callable[[_Command], _Command]:
    default = "" if setting.default in (None, "") else f"; default: {setting.default}"
    return click.option(
        name(setting),
        type=_TYPES.get(setting.name, setting.kind),
        help=f"{setting.help}  [${setting.variable}{default}]",
    )
