"""What an accountant would recognise: pure functions and immutable values, with no I/O, no clock and no network."""
