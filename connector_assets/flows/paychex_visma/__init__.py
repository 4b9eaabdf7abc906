"""Paychex -> Visma.net: employees and dimensions kept current. Start with README.md in this folder."""
