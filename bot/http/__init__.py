"""The HTTP server of the bot: the webhook, health checks and metrics are routes of it."""
