"""Elements of HTML: which are blocks, which are common in a line, and which are not shown."""

__all__ = ["BLOCKS", "COMMON", "UNSEEN", "VERBATIM"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names("""
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li listing
    main menu nav ol optgroup option p plaintext pre search section summary table tbody td tfoot th
    thead tr ul xmp
""")
# <head> is not among them: the parser puts the text there when a page has no <head> and <body>.
UNSEEN = _names("""
    amp-ad amp-analytics amp-consent amp-embed amp-sidebar amp-sticky-ad amp-user-notification
    annotation annotation-xml area audio base basefont button canvas col colgroup datalist embed
    frame frameset iframe img input link map meta meter noembed noframes noscript object param
    progress rp script select source style svg template textarea title track video
""")
# Inline elements whose text extraction libraries keep; they drop that of all others.
COMMON = _names("""
    a abbr acronym b bdi bdo big br cite code del dfn em font i ins kbd mark q ruby s samp small
    span strike strong sub sup tt u var
""")
VERBATIM = _names("listing plaintext pre xmp")
