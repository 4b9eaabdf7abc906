"""Paychex Flex, simulated from its public documentation: OAuth2, companies, workers, pay periods, processed checks."""
