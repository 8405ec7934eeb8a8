"""Turns bytes into text, paragraphs and sentences; reads dates; detects languages."""
