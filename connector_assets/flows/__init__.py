"""One folder per business flow."""
