"""What the bot remembers between two updates, in `bot.db`."""
