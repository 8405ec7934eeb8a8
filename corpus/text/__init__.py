"""Bytes → text → paragraphs → sentences; languages and dates."""
