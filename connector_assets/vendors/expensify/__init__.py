"""Expensify's Integration Server."""
