"""The bot's messages in every language."""
