"""Procurify -> Sage Intacct: approved bills and their payments; master data the other way. Start with README.md."""
