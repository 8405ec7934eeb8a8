"""The commands that fill the library and look into it."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from corpus.errors import QuotebotError

if TYPE_CHECKING:
    from bot.cli.main import Context
    from corpus import Entry, Library
    from corpus.library.entry_filter import ArticleFilter, Sort

__all__ = ["commands"]

_DAY = click.DateTime(["%Y-%m-%d"])
_FIELDS = ("title", "text", "url", "author", "published", "updated", "language", "id", "channel")
_SORTS = ("added", "changed", "published", "title", "source", "language", "paragraphs")

Rebuild = Callable[["Context"], None]
Function = Callable[..., None]


def commands(rebuild: Rebuild) -> list[click.Command]:
    """The commands; `rebuild` brings the index up to date after a change."""
    return [add(rebuild), sync(rebuild), list_, show, remove(rebuild), export]


def _network(command: Function) -> Function:
    options = (
        click.option("--allow-private", is_flag=True,
                     help="Fetch from private and loopback addresses too."),
        click.option("--pause", type=click.FloatRange(min=0), default=1.0, show_default=True,
                     metavar="SECONDS", help="Between two requests to a host."),
    )  # fmt: skip
    for option in options:
        command = option(command)
    return command


def _filters(command: Function) -> Function:
    options = (
        click.option("--source", metavar="TEXT", help="Of a source: its name, or a part of it."),
        click.option("--title", metavar="TEXT", help="With these words in the title."),
        click.option("--language", metavar="CODE", help="In a language, such as en."),
        click.option("--since", type=_DAY, metavar="DAY", help="Published on that day or later."),
        click.option("--until", type=_DAY, metavar="DAY", help="Published on that day or before."),
        click.option("--vanished", is_flag=True, help="That their source no longer has."),
        click.option("--copies", is_flag=True, help="For which another copy speaks."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def add(rebuild: Rebuild) -> click.Command:
    """The command `add`."""

    @click.command("add")
    @click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
    @click.option("--no-build", is_flag=True, help="Only add; the index is built later.")
    @click.option("--preview", is_flag=True, help="Show what would be stored; store nothing.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
    @click.option("--encoding", metavar="NAME", help="Of the files, where it is told wrongly.")
    @click.option("--column", "columns", multiple=True, metavar="FIELD=NAME",
                  help="Which column or key holds a field: --column text=Body.")  # fmt: skip
    @click.option("--max-pages", type=click.IntRange(min=1), default=1000, show_default=True,
                  help="Of a feed or a sitemap.")  # fmt: skip
    @_network
    @click.pass_obj
    def command(
        context: "Context",
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

        Reads text, Markdown, HTML, PDF, DOCX, EPUB, CSV, JSON, mailboxes, Telegram exports and
        archives of these. Sources are remembered: `quotebot sync` visits them again.
        """
        from corpus.sandbox.worker_pool import WorkerPool

        with WorkerPool() as workers:
            if not preview:
                workers.expect(sources)  # it loads beside what follows
            from bot.operations.import_sources import (
                import_sources,
                preview_sources,
                print_outcomes,
            )
            from corpus.place_result import ReadOptions

            options = ReadOptions(encoding, _columns(columns), allow_private, max_pages, pause)
            if preview:
                if not preview_sources(sources, options, as_json=as_json):
                    raise QuotebotError("nothing could be read")
                return
            outcomes = import_sources(context.library, sources, options, workers)
        print_outcomes(outcomes, as_json=as_json)
        if not outcomes.good:
            raise QuotebotError("nothing could be added")
        if not no_build:
            rebuild(context)

    return command


def sync(rebuild: Rebuild) -> click.Command:
    """The command `sync`."""

    @click.command("sync")
    @click.argument("sources", nargs=-1, metavar="[SOURCE...]")
    @click.option("--prune", is_flag=True, help="Remove articles that their source no longer has.")
    @click.option("--no-build", is_flag=True, help="Only read; the index is built later.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
    @_network
    @click.pass_obj
    def command(
        context: "Context",
        sources: tuple[str, ...],
        prune: bool,
        no_build: bool,
        as_json: bool,
        allow_private: bool,
        pause: float,
    ) -> None:
        """Visit the remembered sources again (or those named); take what is new or changed.

        What a source no longer has is kept and marked, unless --prune.
        """
        from bot.operations.import_sources import print_outcomes, sync_sources
        from corpus import Library

        with Library.open(context.library) as library:
            if not library.sources():
                raise QuotebotError("no sources are remembered: add some with `quotebot add`")
        outcomes = sync_sources(
            context.library, sources, prune=prune, allow_private=allow_private, pause=pause
        )
        print_outcomes(outcomes, as_json=as_json)
        if outcomes.skipped and not outcomes.good:
            raise QuotebotError("no source could be read")
        if not no_build:
            rebuild(context)

    return command


@click.command("list")
@_filters
@click.option("--sort", type=click.Choice(_SORTS), default="added", show_default=True)
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--sources", "of_sources", is_flag=True, help="List the remembered sources instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
@click.pass_obj
def list_(
    context: "Context",
    /,
    sort: "Sort",
    reverse: bool,
    of_sources: bool,
    as_json: bool,
    **asked: object,
) -> None:
    """List the articles in the library."""
    from bot.cli.console import print_entries, print_sources
    from corpus import Library

    with Library.open(context.library) as library:
        if of_sources:
            print_sources(library.sources(), as_json=as_json)
            return
        entries = library.find(_filter(asked), sort, reverse=reverse)
        print_entries(entries, as_json=as_json)


@click.command()
@click.argument("article_id", metavar="ID")
@click.option("--stripped", is_flag=True, help="Also what was left out of it.")
@click.option("--json", "as_json", is_flag=True, help="As article JSONL.")
@click.pass_obj
def show(context: "Context", article_id: str, stripped: bool, as_json: bool) -> None:
    """Show an article with its paragraphs numbered, its history and where else it is."""
    from bot.cli.console import print_article, print_json, print_past
    from corpus import Library
    from corpus.article_json import to_record

    with Library.open(context.library) as library:
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


def remove(rebuild: Rebuild) -> click.Command:
    """The command `remove`."""

    @click.command("remove")
    @click.argument("article_ids", nargs=-1, metavar="[ID...]")
    @_filters
    @click.option("--forget", is_flag=True, help="Also forget the source: no sync visits it again.")
    @click.option("--no-build", is_flag=True, help="Only remove; the index is built later.")
    @click.option("--yes", "-y", is_flag=True, help="Don't ask.")
    @click.pass_obj
    def command(
        context: "Context",
        /,
        article_ids: tuple[str, ...],
        forget: bool,
        no_build: bool,
        yes: bool,
        **asked: object,
    ) -> None:
        """Remove articles by id, or all that fit the filters.

        Their text leaves the index with the next build. No sync brings them back; an add does.
        """
        from corpus import Library

        wanted = _filter(asked)
        if not article_ids and wanted.is_empty:
            raise click.UsageError("say which articles: ids, or a filter such as --source")
        with Library.open(context.library) as library:
            entries = _meant(library, article_ids, wanted)
            if entries:
                _confirm(entries, yes, by_filter=not wanted.is_empty)
            for entry in library.remove(entry.id for entry in entries):
                click.echo(f"removed {entry.id}  {entry.title}")
            forgotten = forget and _forget(library, wanted)
        if not entries and not forgotten:
            raise QuotebotError("no article fits")
        if not no_build and entries:
            rebuild(context)

    return command


@click.command()
@click.argument("article_ids", nargs=-1, metavar="[ID...]")
@click.pass_obj
def export(context: "Context", article_ids: tuple[str, ...]) -> None:
    """Write every article (or those named) to stdout as article JSONL, which `add` takes back."""
    from corpus import Library
    from corpus.article_json import to_json

    with Library.open(context.library) as library:
        articles = map(library.get, article_ids) if article_ids else library.articles(copies=True)
        for article in articles:
            click.echo(to_json(article))


def _columns(told: Iterable[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in told:
        field, sign, name = pair.partition("=")
        if field not in _FIELDS or not sign or not name:
            raise click.UsageError(
                f"--column {pair}: write FIELD=NAME, where FIELD is one of {', '.join(_FIELDS)}"
            )
        columns[field] = name
    return columns


def _filter(asked: dict[str, object]) -> "ArticleFilter":
    from corpus.library.entry_filter import ArticleFilter

    def text(name: str) -> str | None:
        value = asked.get(name)
        return value if isinstance(value, str) else None

    def day(name: str) -> date | None:
        value = asked.get(name)
        return value.date() if isinstance(value, datetime) else None

    return ArticleFilter(
        source=text("source"),
        title=text("title"),
        language=text("language"),
        since=day("since"),
        until=day("until"),
        vanished=bool(asked.get("vanished")),
        copies=bool(asked.get("copies")),
    )


def _meant(library: "Library", ids: tuple[str, ...], wanted: "ArticleFilter") -> list["Entry"]:
    if not ids:
        return library.find(wanted)
    named = list(dict.fromkeys(library.entry(one).id for one in ids))
    found = {entry.id: entry for entry in library.find(replace(wanted, ids=named))}
    return [found[one] for one in named if one in found]


def _confirm(entries: list["Entry"], yes: bool, *, by_filter: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        if by_filter:
            raise click.UsageError(f"{len(entries)} articles fit: --yes removes them")
        return
    titles = ", ".join(entry.title for entry in entries[:10])
    more = f" and {len(entries) - 10} more" if len(entries) > 10 else ""
    click.confirm(f"Remove {titles}{more}?", abort=True)


def _forget(library: "Library", wanted: "ArticleFilter") -> bool:
    from corpus.source_name import source_name

    if wanted.source is None:
        raise click.UsageError("--forget needs --source")
    return library.forget_source(source_name(wanted.source)) or library.forget_source(wanted.source)
