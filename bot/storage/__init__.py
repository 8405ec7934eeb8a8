"""The bot's storage in `bot.db`, behind the protocols of `bot.chat.ports`."""
