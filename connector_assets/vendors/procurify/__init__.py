"""Procurify: purchasing, bills and their payments."""
