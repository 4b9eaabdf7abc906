"""Paychex Flex: companies, workers, pay periods, processed checks; read only. Start with README.md in this folder."""
