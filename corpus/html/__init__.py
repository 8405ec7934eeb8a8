"""Web pages: bytes → tree → blocks of text → the blocks of the article, and its metadata.

The text that is kept always comes from the page's own tree (`blocks`). The extraction library only
chooses which blocks belong to the article (`main_content`). Its own text cannot be quoted: it drops
inline elements, changes spaces and composes letters.
"""
