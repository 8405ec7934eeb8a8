"""Web pages: bytes → tree → blocks of text, which of them are the article, what it says of itself.

The text that is kept always comes from the page's own tree (`walk`). The extraction library only
chooses which blocks belong to the article (`choose`): its own text drops inline elements, changes
spaces and composes letters.
"""
