"""How `quotebot doctor` shows its findings."""

from collections.abc import Iterable

from rich.text import Text

from bot.cli.console import stdout
from bot.operations.diagnostics import Finding

__all__ = ["print_findings"]


def print_findings(findings: Iterable[Finding]) -> None:
    """A line for each: a tick, a cross for what must be fixed, a dot for what is worth knowing."""
    console = stdout()
    for finding in findings:
        mark, style = ("·", "yellow") if finding.advice else ("✓", "green")
        if finding.is_bad:
            mark, style = "✗", "red"
        advice = f"; {finding.advice}" if finding.advice else ""
        line = f" {finding.subject}: {finding.result}{advice}"
        console.print(Text.assemble((mark, style), line), soft_wrap=True)
