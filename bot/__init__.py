"""The bot room: settings, the command line, and everything that speaks to people."""
