"""The error codes of this room, each with its text in English.

A text says in one line what is wrong and what to do. Every file of `bot/i18n/locales` has a
translation of it, under `errors` and the name of the code. A test compares them.
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

    # readers
    UNREAD_FORMAT = "{format} cannot be read: save it as DOCX, PDF or text"
    SEVEN_ZIP_ARCHIVES = "7-Zip archives"
    RAR_ARCHIVES = "RAR archives"
    PAGES_DOCUMENTS = "Pages documents"
    UNKNOWN_XML = "XML of an unknown kind (no feed, sitemap or web page)"
    UNPRINTABLE_NAME = "its name holds characters that cannot be shown"
    TOO_MANY_NESTED_ARCHIVES = "more than {count} archives in one another"
    TOO_MANY_FILES_IN_ARCHIVE = "more than {count} files in one archive"
    EMPTY_ARCHIVE = "an archive without files"
    DAMAGED_ARCHIVE = "a damaged archive"
    DAMAGED_TAR = "a damaged TAR archive ({error})"
    DAMAGED_PACKED_FILE = "a damaged {format} file ({error})"
    UNPACKS_TO_TOO_MUCH = "it unpacks to more than {mib} MiB: a bomb?"
    DAMAGED_ZIP = "a damaged ZIP file ({error})"
    ZIP_UNPACKS_TO_TOO_MUCH = "it unpacks to more than {mib} MiB: a ZIP bomb?"
    SAME_NAME_TWICE = "two of its files have the same name"
    SHARED_BODY = "two of its files share one body: a ZIP bomb"
    MEMBER_MISSING = "it lacks {name}"
    MEMBER_UNREADABLE = "{name}: {reason}"
    MEMBER_ENCRYPTED = "it is encrypted"
    MEMBER_DAMAGED = "damaged ({error})"
    MEMBER_TOO_LARGE = "{name} unpacks to {mib} MiB: a ZIP bomb?"
    MEMBER_LARGER_THAN_STATED = "{name} unpacks to more than it says: a ZIP bomb"
    MEMBER_IS_SYMBOLIC_LINK = "{name} is a symbolic link"
    MEMBER_IS_LINK = "{name} is a link"
    MEMBER_LEADS_OUT = "{name} leads out of the archive"
    XML_TOO_LARGE = "XML of more than {mib} MiB"
    XML_DECLARES_ENTITIES = "its XML declares entities, as an attack would"
    XML_DAMAGED = "damaged XML ({error})"
    XML_TOO_DEEP = "its XML is nested too deeply"
    EMPTY_FEED = "a feed without entries"
    EMPTY_FEED_WITH_PROBLEM = "a feed without entries {problem}"
    EMPTY_SITEMAP = "a sitemap that names no pages"
    NOT_A_WORD_DOCUMENT = "not a Word document: it holds no word/document.xml"
    NOT_AN_EPUB_BOOK = "not an EPUB book: it holds no META-INF/container.xml"
    DAMAGED_EPUB_BOOK = "a damaged EPUB book: it names no package file"
    NO_TEXT_IN_CHAPTERS = "no text in its chapters: is it protected, or of images?"
    PDF_LETTERS_UNKNOWN = "its fonts do not say which letters they draw: run OCR on it"
    PDF_WITHOUT_TEXT = "no text in it ({pages} pages)"
    PDF_WITHOUT_PAGES = "a damaged PDF (no pages in it)"
    PDF_SCANNED = "scanned pages without text: run OCR on it first"
    PDF_TOO_LONG = "more than {pages} pages: split it"
    PDF_ENCRYPTED = "it is encrypted: save it without a password"
    PDF_DAMAGED = "a damaged PDF ({error})"
    NOT_A_MAILBOX = "not a mailbox: no message begins with a From line"
    DAMAGED_MESSAGE = "a damaged message"
    CSV_DAMAGED = "damaged CSV ({error})"
    NO_TEXT_COLUMN = (
        "none of its columns ({columns}) is known to hold the text: say which, as in"
        " --column text=NAME"
    )
    NO_ROWS = "no rows under its heading"
    JSON_INVALID = "not valid JSON: {error}"
    JSON_INVALID_AT = "not valid JSON: {error} at column {column}"
    JSON_NUMBER_TOO_LONG = "not valid JSON: a number is too long"
    JSON_TOO_DEEP = "its JSON is nested too deeply"
    NO_LIST_OF_ARTICLES = "no list of articles in it"
    NO_POSTS = "no posts with text in it"
    NO_ARTICLES = "no articles in it"
    NO_TEXT_KEY = "none of its keys ({keys}) is known to hold the text: say --column text=NAME"
    NOT_AN_OBJECT = "not an object"
    NOT_A_JSON_OBJECT = "not a JSON object but {kind}"
    JSON_NULL = "null"
    JSON_OBJECT = "an object"
    JSON_LIST = "a list"
    JSON_STRING = "a string"
    JSON_BOOLEAN = "a boolean"
    JSON_NUMBER = "a number"
    NO_TITLE = 'no "title"'
    NO_PARAGRAPHS_OR_TEXT = 'neither "paragraphs" nor "text"'
    PARAGRAPHS_AND_TEXT = 'both "paragraphs" and "text": give one'
    PARAGRAPHS_NOT_A_LIST = '"paragraphs" must be a list of strings, not {kind}'
    PARAGRAPHS_ITEM = '"paragraphs" item {number}'
    PAGES_NOT_A_LIST = '"pages" must be a list, beside "paragraphs"'
    PAGES_OF_ANOTHER_LENGTH = '"pages" must have one entry for each of "paragraphs"'
    PAGES_NOT_NUMBERS = '"pages" must hold page numbers or null'
    NOT_A_STRING = "{value} must be a string, not {kind}"
    HALF_SURROGATE = "{value} holds half a surrogate pair, which is no character"
    ID_NOT_PRINTABLE = '"id" must be a printable string of at most {length} characters'
    NOT_AN_ISO_DATE = '"{key}" is no ISO date (like 2021-05-04): {value}'
    ID_TAKEN = "its id {id} is taken by line {line}"

    # html
    PAGE_TOO_LARGE = "a web page larger than {mib} MiB: no article is that long"
    PAGE_TOO_DEEP = "elements nested too deeply to read all of it"

    # structure
    NO_TEXT = "no text in it"

    # text
    EMPTY_FILE = "the file is empty"
    ONLY_WHITE_SPACE = "the file holds nothing but white space"
    UNKNOWN_ENCODING = "unknown encoding {encoding}"
    NOT_IN_ENCODING = "it is not in {encoding}"
    BYTE_ORDER_MARK_WRONG = "its byte order mark says {encoding}, but it is damaged"
    ENCODING_NOT_FOUND = "its encoding cannot be told: save it as UTF-8"
    UTF8_DAMAGED = "damaged UTF-8 in line {line}"
    BINARY_DATA = "not a text file (it holds binary data)"
    NOT_A_TEXT_FILE = "not a text file but {kind}"
    PDF_DOCUMENT = "a PDF document"
    ZIP_ARCHIVE = "a ZIP archive or an office document"
    GZIP_ARCHIVE = "a gzip archive"
    PNG_IMAGE = "a PNG image"
    JPEG_IMAGE = "a JPEG image"
    GIF_IMAGE = "a GIF image"
    PROGRAM = "a program"
    SQLITE_DATABASE = "an SQLite database"
    RTF_DOCUMENT = "an RTF document"
    OLD_OFFICE_DOCUMENT = "an old office document"
    SEVEN_ZIP_ARCHIVE = "a 7-Zip archive"
    RAR_ARCHIVE = "a RAR archive"
    OGG_RECORDING = "an Ogg recording"
    MP3_RECORDING = "an MP3 recording"
    RIFF_FILE = "a RIFF recording or image"
