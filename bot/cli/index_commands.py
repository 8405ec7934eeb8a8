"""The commands about the index: build, roll back, status, doctor."""

import click

from bot.cli.context import CliContext
from bot.error_codes import Code
from corpus.errors import QuotebotError

__all__ = ["build", "doctor", "rebuild", "rollback", "status"]


@click.command()
@click.pass_obj
def build(context: CliContext) -> None:
    """Build a new generation; a running bot switches to it by itself."""
    rebuild(context, unless_current=False)


@click.command()
@click.pass_obj
def rollback(context: CliContext) -> None:
    """Go back to the generation before the current one."""
    click.echo(f"now answering from {context.backend.generations.rollback()}")


@click.command()
@click.option("--verify", is_flag=True, help="Compare every checksum of every generation.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status(context: CliContext, verify: bool, as_json: bool) -> None:
    """Show the library, the current generation, the model and sizes."""
    from bot.cli.status_output import print_status
    from bot.operations.status import collect_status

    found = collect_status(context.backend, verify=verify)
    print_status(found, reader_is_off=context.settings.reader == "off", as_json=as_json)
    if verify and found.damaged:
        raise QuotebotError(Code.DAMAGE_FOUND(files=", ".join(found.damaged)))


@click.command()
@click.pass_obj
def doctor(context: CliContext) -> None:
    """Check settings, model, index, token and clock, and say what to fix."""
    from bot.cli.console import waiting
    from bot.cli.doctor_output import print_findings
    from bot.operations.diagnostics import diagnose

    findings = diagnose(context.settings, context.backend, waiting)
    print_findings(findings)
    if any(finding.is_bad for finding in findings):
        raise QuotebotError(Code.DOCTOR_FOUND_PROBLEMS())


def rebuild(context: CliContext, *, unless_current: bool = True) -> None:
    """Build a new generation, with progress on stderr. Raises QuotebotError.

    With `unless_current`, nothing is loaded or built when the index was already built from this
    library with this model.
    """
    from bot.cli.console import progress, say
    from bot.operations.build import build_library, is_current

    backend = context.backend
    if unless_current and is_current(backend, context.model_name):
        say("The index is up to date.")
        return
    with progress("Building") as report:
        name, articles = build_library(backend, context.embedder, report)
    say(f"Built {name}: {articles} articles.")
