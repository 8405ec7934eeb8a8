"""Every command and every option says what it is for."""

import click
import pytest

from bot.cli.main import cli

COMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_everything_has_help(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith(".") or ":" in parameter.help, parameter.name


def test_the_commands_are_those_of_the_contract() -> None:
    assert [
        *("add", "ask", "bot", "build", "chat", "doctor", "eval", "export", "list", "remove"),
        *("rollback", "show", "start", "status", "sync"),
    ] == COMMANDS
