"""Paychex -> Sage Intacct: each pay run becomes labor cost journals. Start with README.md in this folder."""
