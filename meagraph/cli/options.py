"""Command-line options made from the table of the service's settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from meagraph_api.settings import Setting

_TYPES: Mapping[str, click.ParamType[Any]] = {
    "port": click.IntRange(1, 65535),
    "queries": click.Path(exists=True, file_okay=False, path_type=Path),
}
"""Options with a narrower type than their setting."""


def settings(*, but: Collection[str] = (), only: Collection[str] = ()) -> type[click.Command]:
    """A class of commands with an option for every setting except those in `but`.

    With `only`, the command has only these options.

    Missing options are None, so that the environment or the default applies. The options are made
    when the command is used: other commands start without importing the settings.
    """

    class WithSettings(click.Command):
        @cached_property
        def _options(self) -> list[click.Parameter]:
            from meagraph_api.settings import table

            return [
                _option(setting)
                for setting in table()
                if setting.name not in but and (not only or setting.name in only)
            ]

        def get_params(self, ctx: click.Context) -> list[click.Parameter]:
            *own, help_option = super().get_params(ctx)
            return [*own, *self._options, help_option]

    return WithSettings


def name(setting: Setting) -> str:
    """The option of a setting.

    >>> from meagraph_api.settings import table
    >>> name(table()[0])
    '--host'
    """
    return "--" + setting.name.replace("_", "-")


def _option(setting: Setting) -> click.Option:
    default = "" if setting.default in (None, "") else f"; default: {setting.default}"
    return click.Option(
        [name(setting)],
        type=_TYPES.get(setting.name, setting.kind),
        help=f"{setting.help}  [${setting.variable}{default}]",
    )
