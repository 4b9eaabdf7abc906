"""The simulated Expensify Integration Server, written from its fact sheet alone."""
