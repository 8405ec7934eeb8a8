"""Which elements of HTML stand in a line, which apart, and which are not shown at all."""

__all__ = ["BLOCKS", "COMMON", "UNSEEN", "VERBATIM"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names("""
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li listing
    main menu nav ol optgroup option p plaintext pre search section summary table tbody td tfoot th
    thead tr ul xmp
""")
# Not <head>: the parser puts the article there when a page names neither head nor body.
UNSEEN = _names("""
    amp-ad amp-analytics amp-consent amp-embed amp-sidebar amp-sticky-ad amp-user-notification
    annotation annotation-xml area audio base basefont button canvas col colgroup datalist embed
    frame frameset iframe img input link map meta meter noembed noframes noscript object param
    progress rp script select source style svg template textarea title track video
""")
# Inline elements that extraction libraries know to keep.
COMMON = _names("""
    a abbr acronym b bdi bdo big br cite code del dfn em font i ins kbd mark q ruby s samp small
    span strike strong sub sup tt u var
""")
VERBATIM = _names("listing plaintext pre xmp")
