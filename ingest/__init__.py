"""Listing pages in, a searchable library out. Knows nothing of questions, readers or prompts."""
