"""The bot's own words, in one place; everything else that it says is quoted."""

from datetime import date

START = (
    "Ask me anything about the articles I have. I answer with the passage itself, word for word, "
    "and say where it is from. I never make anything up."
)
HELP = (
    "Write a question in your own words, for example: When was the bridge opened?\n\n"
    "You get the paragraph that answers best, with the answering sentence in bold, the article's "
    "title and date. The buttons below it lead to the next passages. When the articles don't "
    "answer, I say so."
)
COMMANDS = (("start", "What this bot does"), ("help", "How to ask"))

ASK_IN_WORDS = "Please ask me a question in words."
TEXT_ONLY = "I can only read text. Please write your question."
UNKNOWN_COMMAND = "I don't know that command. Just write your question, or see /help."
NO_INDEX = "I have no articles to quote from yet. Please try again later."
TROUBLE = "Sorry, something went wrong on my side. Please try again."
FORGOTTEN = "I no longer remember this answer. Please ask again."
GONE = "There is no such passage."

NO_ANSWER = (
    "The articles don't answer that. The nearest passage, which may be about something else:"
)
NOTHING_NEAR = "The articles don't answer that."
UNTITLED = "Untitled article"
NEXT = "Next passage ▸"
PREVIOUS = "◂ Previous"

# fmt: off
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August",
           "September", "October", "November", "December"]
# fmt: on


def too_long(limit: int) -> str:
    """What to say to a question of more than `limit` characters."""
    return f"That is too long for me. Please ask in at most {limit:,} characters."


def day(value: date) -> str:
    """A date as people read it; strftime would follow the locale of the server."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def when(published: date | None, updated: date | None) -> str:
    """The date of an article, or nothing when it has none."""
    if published is not None:
        return day(published)
    return f"updated {day(updated)}" if updated is not None else ""


def position(index: int, total: int) -> str:
    """Which passage of an answer is shown, if there are several; `index` counts from 0."""
    return f"{index + 1} of {total}" if total > 1 else ""
