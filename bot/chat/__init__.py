"""Conversations without Telegram: records, storage protocols, rate limits, passage references."""
