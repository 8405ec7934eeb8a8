"""Why something fails in this room: every code, with its text in English.

A text says what is wrong and what to do, in one line. Each has a translation in every file of
`bot/i18n/locales`, under `errors`, by the name of its code; a test compares them.
"""

from corpus.errors import ErrorCode

__all__ = ["Code"]


class Code(ErrorCode):
    """The codes of `corpus`; parameters are in braces."""

    # library
    LIBRARY_OF_ARTICLES = "a library of articles"
    DATABASE_PROBLEM = "{path}: {problem}"
    FOLDER_NOT_MADE = "{path}: its folder cannot be made ({problem})"
    NOT_SQLITE = "not {kind} (not an SQLite database): move it away"
    OTHER_DATABASE = "{path}: an SQLite database, but not {kind}: move it away"
    NEWER_DATABASE = (
        "{path}: made by a newer quotebot (schema {found}, this one knows {known}):"
        " upgrade quotebot"
    )
    DATABASE_LOCKED = "locked by another program: try again when it has finished"
    DATABASE_READ_ONLY = "cannot be written: the file or its folder is read-only"
    DATABASE_DISK_FULL = "cannot be written: the disk is full"
    DATABASE_NOT_OPENED = "cannot be opened: is it a file, and may you read and write it?"
    DATABASE_DAMAGED = "damaged: restore it from a backup"
    DATABASE_DISK_ERROR = "cannot be read or written: the disk reports an error"
    HALF_A_SURROGATE_PAIR = (
        "{path}: article {id} holds half a surrogate pair, which cannot be stored"
    )
    NO_SUCH_ARTICLE = "no article with id {id}: see quotebot list"
    SEVERAL_ARTICLES = "several articles have an id that begins with {id}: {ids}"

    # ingest
    NO_SUCH_FILE = "no such file or folder"
    PERMISSION_DENIED = "permission denied"
    NAME_TOO_LONG = "the name is too long"
    NO_FILE_NAME = "not a valid file name"
    LOOP_OF_LINKS = "a loop of symbolic links"
    FILE_SYSTEM_ERROR = "{problem}"
    NO_REGULAR_FILE = "not a regular file"
    UNPRINTABLE_FILE_NAME = "its name holds characters that cannot be shown: rename it"
    UNKNOWN_KIND_OF_FILE = "unknown kind of file ({suffix})"
    FILE_TOO_LARGE = "larger than {mib} MiB: split it"
    STDIN_TOO_LARGE = "more than {mib} MiB"
    EMPTY_FOLDER = "no files in this folder"
    UNKNOWN_SCHEME = "{scheme}: is not read, only http and https"
    SOURCE_NOT_REMEMBERED = "not a remembered source: add it first"

    # web
    NO_VALID_ADDRESS = "not a valid address"
    LEADS_OFF_THE_WEB = "leads to {scheme}:, not to the web"
    NOWHERE = "nothing"
    HOLDS_LOGIN = "holds a user name or password: it would be stored"
    PORT_NOT_OF_THE_WEB = "port {port} is not one of the web's (80, 443)"
    PRIVATE_ADDRESS = "{host} is {address}, a private address: --allow-private permits it"
    LOCAL_SOCKET = "sockets of this machine are never reached"
    NOT_FETCHED = "cannot be fetched: {problem}"
    NO_SUCH_SERVER = "no server has that name"
    CERTIFICATE_OF_ANOTHER = "its certificate is another server's, so that anyone may be answering"
    CERTIFICATE_NOT_TRUSTED = "its certificate cannot be trusted ({problem})"
    CERTIFICATE_OF_UNKNOWN_ISSUER = (
        "its certificate cannot be trusted ({problem}); SSL_CERT_FILE names an authority of your"
        " own"
    )
    CERTIFICATE_INVALID = "invalid"
    SERVER_ANSWERS = "the server answers {status}"
    PAGE_NOT_THERE = "the server says that it is not there ({status})"
    SERVER_ASKS_TO_WAIT = "the server asks to wait ({status})"
    SERVER_ASKS_TO_WAIT_SECONDS = "the server asks to wait for {seconds} seconds ({status})"
    SERVER_TOO_SLOW = "the server takes longer than {seconds} seconds"
    TOO_MANY_REDIRECTS = "more than {count} redirects"
    BODY_TOO_LARGE = "more than {mib} MiB, or without end"
    NOT_TEXT = "not text but {media_type}"
    UNKNOWN_PACKING = "packed as {packing}, which was not asked for"
    GZIP_DAMAGED = "its gzip is damaged"
    GZIP_CUT_OFF = "its gzip is damaged or cut off"
    GZIP_TOO_LARGE = "its gzip unpacks to too much: a bomb?"
    ROBOTS_FORBID = "its site's robots.txt asks not to read it"
    ROBOTS_NOT_READ = "its site's robots.txt cannot be read ({status}): try again later"
    TOO_MANY_PAGES = "more than {count} pages: --max-pages takes more"
    TOO_MANY_NESTED_LISTS = "more than {count} lists in one another"

    # sandbox
    READING_TOO_SLOW = "reading it took longer than {seconds} seconds"
    NEEDS_TOO_MUCH_MEMORY = "reading it needs more than {mib} MiB of memory"
    NESTED_TOO_DEEPLY = "nested too deeply"
    PARSER_FAILED = "its parser failed ({error})"
    PARSER_CRASHED = "its parser crashed: the file is damaged, or made to do that"
    PACKAGE_MISSING = "the package {package} is missing: install quotebot again, whole"
    NO_PROCESS = "no process to read it can be had ({problem})"
    FORK_SERVER_DIED = "the process that forks others has died"
    FORK_SERVER_CLOSED = "closed"
    READING_STOPPED = "stopped"
