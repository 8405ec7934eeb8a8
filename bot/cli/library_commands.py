"""The commands that change the library, and those that show it."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from bot.cli.context import CliContext
from bot.cli.index_commands import rebuild
from bot.error_codes import Code
from corpus.errors import QuotebotError

if TYPE_CHECKING:
    from corpus import Entry
    from corpus.library.entry_filter import ArticleFilter, Sort
    from corpus.library.ports import ArticleStore, SourceLog

__all__ = ["add", "export", "list_articles", "remove", "show", "sync"]

_DAY = click.DateTime(["%Y-%m-%d"])
_FIELDS = ("title", "text", "url", "author", "published", "updated", "language", "id", "channel")
_SORTS = ("added", "changed", "published", "title", "source", "language", "paragraphs")
_TITLES_SHOWN = 10  # in the question before a removal

_Function = Callable[..., None]


def _network_options(command: _Function) -> _Function:
    options = (
        click.option("--allow-private", is_flag=True,
                     help="Fetch from private and loopback addresses too."),
        click.option("--pause", type=click.FloatRange(min=0), default=1.0, show_default=True,
                     metavar="SECONDS", help="Time between two requests to a host."),
    )  # fmt: skip
    for option in options:
        command = option(command)
    return command


def _filter_options(command: _Function) -> _Function:
    options = (
        click.option("--source", metavar="TEXT", help="Only of this source (a part of its name)."),
        click.option("--title", metavar="TEXT", help="Only with these words in the title."),
        click.option("--language", metavar="CODE", help="Only in this language, such as en."),
        click.option(
            "--since", type=_DAY, metavar="DAY", help="Only published on this day or later."
        ),
        click.option(
            "--until", type=_DAY, metavar="DAY", help="Only published on this day or earlier."
        ),
        click.option("--vanished", is_flag=True, help="Only those no longer in their source."),
        click.option("--copies", is_flag=True, help="Only copies of other articles."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--no-build", is_flag=True, help="Only add; the index is built later.")
@click.option("--preview", is_flag=True, help="Show what would be stored; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
@click.option(
    "--encoding", metavar="NAME", help="Encoding of the files, if they declare a wrong one."
)
@click.option("--column", "columns", multiple=True, metavar="FIELD=NAME",
              help="Which column or key holds a field: --column text=Body.")  # fmt: skip
@click.option("--max-pages", type=click.IntRange(min=1), default=1000, show_default=True,
              help="Fetch at most this many pages of a feed or sitemap.")  # fmt: skip
@_network_options
@click.pass_obj
def add(
    context: CliContext,
    sources: tuple[str, ...],
    no_build: bool,
    preview: bool,
    as_json: bool,
    encoding: str | None,
    columns: tuple[str, ...],
    max_pages: int,
    allow_private: bool,
    pause: float,
) -> None:
    """Add articles: files, folders, archives, web pages, feeds, sitemaps; "-" is stdin.

    Reads text, Markdown, HTML, PDF, DOCX, EPUB, CSV, JSON, JSONL, mbox, Telegram exports and
    archives of these. Sources are remembered: `quotebot sync` visits them again.
    """
    from corpus.sandbox.worker_pool import WorkerPool

    with WorkerPool() as workers:
        if not preview:
            workers.expect(sources)  # the workers start while the imports below load
        from bot.cli.console import progress
        from bot.cli.import_output import print_outcomes, print_preview
        from bot.operations.import_sources import import_sources
        from corpus.ingest.sources import read_sources
        from corpus.place_result import ReadOptions

        options = ReadOptions(encoding, _columns(columns), allow_private, max_pages, pause)
        if preview:
            if not print_preview(read_sources(sources, options), as_json=as_json):
                raise QuotebotError(Code.NOTHING_READ())
            return
        with progress("Reading") as report:
            outcomes = import_sources(context.backend, sources, options, workers, report)
    print_outcomes(outcomes, as_json=as_json)
    if not outcomes.any_readable:
        raise QuotebotError(Code.NOTHING_ADDED())
    if not no_build:
        rebuild(context)


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE...]")
@click.option("--prune", is_flag=True, help="Remove articles that are no longer in their source.")
@click.option("--no-build", is_flag=True, help="Only read; the index is built later.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
@_network_options
@click.pass_obj
def sync(
    context: CliContext,
    sources: tuple[str, ...],
    prune: bool,
    no_build: bool,
    as_json: bool,
    allow_private: bool,
    pause: float,
) -> None:
    """Visit the remembered sources again (or those named); take what is new or changed.

    Articles that are no longer in their source are kept and marked, unless --prune is given.
    """
    from bot.cli.console import progress
    from bot.cli.import_output import print_outcomes
    from bot.operations.import_sources import sync_sources

    backend = context.backend
    with backend.open_library() as library:
        if not library.sources():
            raise QuotebotError(Code.NO_SOURCES())
    with progress("Reading") as report:
        outcomes = sync_sources(
            backend, sources, prune=prune, allow_private=allow_private, pause=pause,
            progress=report,
        )  # fmt: skip
    print_outcomes(outcomes, as_json=as_json)
    if outcomes.skipped and not outcomes.any_readable:
        raise QuotebotError(Code.NO_SOURCE_READ())
    if not no_build:
        rebuild(context)


@click.command("list")
@_filter_options
@click.option("--sort", type=click.Choice(_SORTS), default="added", show_default=True,
              help="What to sort by.")  # fmt: skip
@click.option("--reverse", is_flag=True, help="Reverse the order.")
@click.option("--sources", "of_sources", is_flag=True, help="List the remembered sources instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
@click.pass_obj
def list_articles(
    context: CliContext,
    /,
    sort: "Sort",
    reverse: bool,
    of_sources: bool,
    as_json: bool,
    **filters: object,
) -> None:
    """List the articles in the library."""
    from bot.cli.library_output import print_entries, print_sources

    with context.backend.open_library() as library:
        if of_sources:
            print_sources(library.sources(), as_json=as_json)
            return
        entries = library.find(_filter_of(filters), sort, reverse=reverse)
        print_entries(entries, as_json=as_json)


@click.command()
@click.argument("article_id", metavar="ID")
@click.option("--stripped", is_flag=True, help="Also show what was left out of it.")
@click.option("--json", "as_json", is_flag=True, help="As article JSONL.")
@click.pass_obj
def show(context: CliContext, article_id: str, stripped: bool, as_json: bool) -> None:
    """Show an article with its paragraphs numbered, its history and where else it is."""
    from bot.cli.console import print_json
    from bot.cli.library_output import print_article, print_past
    from corpus.article_json import to_record

    with context.backend.open_library() as library:
        article = library.get(article_id)
        copies, history = library.near_copies(article.id), library.history(article.id)
        if as_json:
            past = [
                {"at": event.at, "what": event.what, "source": event.source} for event in history
            ]
            also = [{"id": copy.id, "title": copy.title, "source": copy.source} for copy in copies]
            left_out = {"stripped": article.stripped} if stripped else {}
            print_json(to_record(article) | {"history": past, "also_in": also} | left_out)
            return
        print_past(library.entry(article.id), copies, history)
        print_article(article, stripped=stripped)


@click.command()
@click.argument("article_ids", nargs=-1, metavar="[ID...]")
@_filter_options
@click.option("--forget", is_flag=True, help="Also forget the source: no sync visits it again.")
@click.option("--no-build", is_flag=True, help="Only remove; the index is built later.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
@click.pass_obj
def remove(
    context: CliContext,
    /,
    article_ids: tuple[str, ...],
    forget: bool,
    no_build: bool,
    yes: bool,
    **filters: object,
) -> None:
    """Remove articles by id, or all that fit the filters.

    Their text leaves the index with the next build. No sync brings them back; an add does.
    """
    wanted = _filter_of(filters)
    if not article_ids and wanted.is_empty:
        raise click.UsageError("say which articles: ids, or a filter such as --source")
    with context.backend.open_library() as library:
        entries = _select(library, article_ids, wanted)
        if entries and not yes:
            _confirm(entries, by_filter=not wanted.is_empty)
        for entry in library.remove(entry.id for entry in entries):
            click.echo(f"removed {entry.id}  {entry.title}")
        forgotten = forget and _forget(library, wanted)
    if not entries and not forgotten:
        raise QuotebotError(Code.NO_ARTICLE_FITS())
    if not no_build and entries:
        rebuild(context)


@click.command()
@click.argument("article_ids", nargs=-1, metavar="[ID...]")
@click.pass_obj
def export(context: CliContext, article_ids: tuple[str, ...]) -> None:
    """Write every article (or those named) to stdout as article JSONL, which `add` takes back."""
    from corpus.article_json import to_json

    with context.backend.open_library() as library:
        articles = map(library.get, article_ids) if article_ids else library.articles(copies=True)
        for article in articles:
            click.echo(to_json(article))


def _columns(pairs: Iterable[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        field, sign, name = pair.partition("=")
        if field not in _FIELDS or not sign or not name:
            raise click.UsageError(
                f"--column {pair}: write FIELD=NAME, where FIELD is one of {', '.join(_FIELDS)}"
            )
        columns[field] = name
    return columns


def _filter_of(options: dict[str, object]) -> "ArticleFilter":
    from corpus.library.entry_filter import ArticleFilter

    def text(name: str) -> str | None:
        value = options.get(name)
        return value if isinstance(value, str) else None

    def day(name: str) -> date | None:
        value = options.get(name)
        return value.date() if isinstance(value, datetime) else None

    return ArticleFilter(
        source=text("source"),
        title=text("title"),
        language=text("language"),
        since=day("since"),
        until=day("until"),
        vanished=bool(options.get("vanished")),
        copies=bool(options.get("copies")),
    )


def _select(
    library: "ArticleStore", ids: tuple[str, ...], wanted: "ArticleFilter"
) -> list["Entry"]:
    if not ids:
        return library.find(wanted)
    named = list(dict.fromkeys(library.entry(one).id for one in ids))
    found = {entry.id: entry for entry in library.find(replace(wanted, ids=named))}
    return [found[one] for one in named if one in found]


def _confirm(entries: list["Entry"], *, by_filter: bool) -> None:
    """Ask before a removal; without a terminal, articles that a filter found need --yes."""
    if not sys.stdin.isatty():
        if by_filter:
            raise click.UsageError(f"{len(entries)} articles fit: --yes removes them")
        return
    titles = ", ".join(entry.title for entry in entries[:_TITLES_SHOWN])
    hidden = len(entries) - _TITLES_SHOWN
    more = f" and {hidden} more" if hidden > 0 else ""
    click.confirm(f"Remove {titles}{more}?", abort=True)


def _forget(library: "SourceLog", wanted: "ArticleFilter") -> bool:
    from corpus.source_name import source_name

    if wanted.source is None:
        raise click.UsageError("--forget needs --source")
    return library.forget_source(source_name(wanted.source)) or library.forget_source(wanted.source)
