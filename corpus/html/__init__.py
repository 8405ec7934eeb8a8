"""Web pages: bytes → tree → blocks of text, which of them are the article, what it says of itself.

The text that is kept always comes from the page's own tree (`blocks`). The extraction library only
chooses which blocks belong to the article (`main_content`): its own text drops inline elements,
changes spaces and composes letters.
"""
