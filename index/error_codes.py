"""Why something fails in this room: every code, with its text in English.

A text says what is wrong and what to do, in one line. Each has a translation in every file of
`bot/i18n/locales`, under `errors`, by the name of its code; a test compares them.
"""

from corpus.errors import ErrorCode

__all__ = ["Code"]


class Code(ErrorCode):
    """The codes of `index`; parameters are in braces."""

    # generations
    NOTHING_BUILT = "there is no index yet: add articles with `quotebot add`, then `quotebot build`"
    GENERATIONS_NOT_LISTED = "{path}: cannot be read ({error})"
    CURRENT_DAMAGED = "CURRENT is missing or damaged: run `quotebot build`"
    NO_GENERATION_OPENS = "no generation can be opened: run `quotebot build`"
    GENERATION_DAMAGED = "generation {name} is damaged ({file}): run `quotebot build`"
    NO_MANIFEST = "generation {name} has no readable manifest: run `quotebot build`"
    GENERATION_NOT_READ = "generation {name} cannot be read: run `quotebot build`"
    NO_EARLIER_GENERATION = (
        "there is no earlier generation to go back to: none was built, or it held an "
        "article that was removed since, and went with it"
    )
    BUILD_IN_PROGRESS = "the index is being built by {holder}: wait until it has finished"
    BUILDING_PROCESS = "process {id} since {since} UTC"
    ANOTHER_PROCESS = "another process"
    INDEX_NOT_WRITTEN = (
        "{path}: the index cannot be written ({error}); the one in use goes on answering"
    )
    BUILD_DIFFERS = "the index that was built doesn't read back: nothing was changed"
    BUILD_NOT_READ = (
        "the index that was built doesn't read back: nothing was changed (is the disk full?)"
    )

    # engine
    NO_INDEX = "there is no index yet: run `quotebot build`"
    ANOTHER_MODEL = (
        "the index was built with {built}, but EMBEDDING_MODEL is {configured}: run "
        "`quotebot build`"
    )
    RERANKER_NOT_LOADED = "RERANKER_MODEL={name} cannot be loaded: {error}"
    RERANKER_OUTPUTS = "RERANKER_MODEL={name} gives {count} scores a passage; one is needed"

    # search
    VECTORS_DAMAGED = "{file} is damaged: run `quotebot build`"
