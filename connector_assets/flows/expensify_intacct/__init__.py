"""Expensify -> Sage Intacct: approved expense reports become journal entries. Start with README.md in this folder."""
