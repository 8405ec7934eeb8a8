"""The Telegram bot: the application, which update goes where, start and stop."""
