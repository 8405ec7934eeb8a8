"""HTTP to Telegram: pacing and retries, polling, the webhook."""
