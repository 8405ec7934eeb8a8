"""Parses XML that may be hostile: without entities, and within limits."""

from typing import TYPE_CHECKING

from corpus.error_codes import Code
from corpus.errors import UnreadableSource

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["parse_xml"]

LARGEST_XML = 24 * 1024 * 1024  # bytes: the tree takes twenty times that


def parse_xml(data: bytes, source: str) -> "Element":
    """Parse XML; raises UnreadableSource when it is damaged, too large, or declares entities."""
    # Lazy: only the child process that reads needs them.
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if len(data) > LARGEST_XML:
        raise UnreadableSource(source, Code.XML_TOO_LARGE(mib=LARGEST_XML // (1024 * 1024)))
    try:
        root: Element = fromstring(data, forbid_dtd=False)
    except DefusedXmlException:
        raise UnreadableSource(source, Code.XML_DECLARES_ENTITIES()) from None
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableSource(source, Code.XML_DAMAGED(error=error)) from None
    except RecursionError:
        raise UnreadableSource(source, Code.XML_TOO_DEEP()) from None
    return root
