"""Every setting is an option of `meagraph serve`, and is documented."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from meagraph.cli import main
from meagraph_api import server
from meagraph_api.settings import Setting, Settings, table
from tests.api.conftest import _make_release
from tests.cli.conftest import serving

Run = Callable[..., Result]

DOCS = Path(__file__).resolve().parents[2] / "docs" / "service.md"

OTHER = {
    "host": "127.0.0.2",
    "public_url": "https://example.org/mea",
    "trusted_proxies": "10.0.0.1",
    "metrics": "none",
    "contact": "https://example.org/report",
    "engine": "https://example.org/sparql",
    "engine_profile": "oxigraph",
    "engine_auth": "basic",
    "engine_secret": Path("secret"),
}
"""Values of settings that are not the default; for numbers it is the default plus one."""


@pytest.fixture
def port() -> int:
    """An unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        free: int = probe.getsockname()[1]
    return free


def option(setting: Setting) -> str:
    return "--" + setting.name.replace("_", "-")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which the service was started."""
    calls: list[Settings] = []
    monkeypatch.setattr(server, "serve", calls.append)
    return calls


@pytest.mark.parametrize("setting", table(), ids=lambda setting: setting.name)
def test_the_help_tells_of_every_setting(run: Run, setting: Setting) -> None:
    assert option(setting) in run("serve", "--help").output
    serve = main.commands["serve"]
    options = serve.get_params(click.Context(serve))
    (declared,) = [entry for entry in options if entry.name == setting.name]
    assert isinstance(declared, click.Option)
    assert declared.help is not None
    if setting.name != "releases":
        assert setting.help in declared.help
        assert setting.variable in declared.help
        assert setting.default in (None, "") or f"default: {setting.default}" in declared.help


def test_every_setting_reaches_the_service(
    run: Run, releases: Path, tmp_path: Path, started: list[Settings], port: int
) -> None:
    expected: dict[str, Any] = {"releases": releases, "queries": tmp_path, "port": port, **OTHER}
    for setting in table():
        if setting.name not in expected:
            expected[setting.name] = setting.default + 1
    arguments = [
        word for name, value in expected.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
    result = run("serve", *map(str, arguments))
    assert result.exit_code == 0, result.output
    assert started == [Settings(**expected)]
    assert all(getattr(started[0], setting.name) != setting.default for setting in table())


def test_an_option_counts_more_than_the_environment(
    run: Run,
    releases: Path,
    started: list[Settings],
    port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEAGRAPH_WORKERS", "7")
    monkeypatch.setenv("MEAGRAPH_PAGE_SIZE", "7")
    monkeypatch.setenv("MEAGRAPH_RELEASES", str(releases))
    run("serve", "--port", str(port), "--workers", "3")
    (settings,) = started
    assert (settings.workers, settings.page_size, settings.releases) == (3, 7, releases)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--workers", "many"), 2, "'many' is not a valid integer"),
        (("--query-timeout", "soon"), 2, "'soon' is not a valid float"),
        (("--port", "0"), 2, "--port"),
        (("--queries", "/nowhere"), 2, "--queries"),
        (("--workers", "0"), 1, "Error: workers is 0; it must be above 0."),
        (("--query-timeout", "nan"), 1, "Error: query_timeout is nan; it must be above 0."),
        (("--metrics", "me"), 1, "Error: metrics is 'me'; it must be loopback, all, none."),
        (("--page-size", "9999"), 1, "Error: page_size is 9999; it must be 1 to 200."),
        (("--public-url", "example.org"), 1, "Error: public_url is 'example.org'"),
        (("--host", "a" * 300), 1, "cannot be listened on"),
    ],
)
def test_a_wrong_value_is_one_clear_line(
    run: Run, releases: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    result = run("serve", "--releases", releases, *arguments)
    assert result.exit_code == status
    assert isinstance(result.exception, SystemExit)
    assert says in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(("variable", "value"), [("PORT", "70000"), ("WORKERS", "1e3")])
def test_a_wrong_value_in_the_environment_is_one_clear_line(
    run: Run, releases: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"MEAGRAPH_{variable}", value)
    result = run("serve", "--releases", releases)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) == 1
    assert value in result.stderr


def test_a_real_service_takes_them(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    _make_release(releases)
    options = ("--public-url", "https://example.org/mea", "--max-query-bytes", "10")
    with serving(tmp_path / "said", "--releases", releases, *options) as service:
        service.wait_for("/readyz", 200)
        assert "https://example.org/mea/sparql" in service.log()
        assert service.status("/sparql?query=ASK%20%7B%7D") == 200
        assert service.status("/sparql?query=ASK%20%7B%20%20%20%20%20%20%20%7D") == 413


def test_the_docs_hold_the_table_of_settings() -> None:
    documented = re.findall(r"^\| `(--[a-z-]+)` \| `MEAGRAPH_", DOCS.read_text(), re.MULTILINE)
    assert documented == [option(setting) for setting in table()]
    for setting in table():
        default = "" if setting.default is None else setting.default
        row = f"| `{option(setting)}` | `{setting.variable}` | {default} | {setting.help} |"
        assert row in DOCS.read_text()
