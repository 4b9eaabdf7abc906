"""The tests: they mirror the package, plus conformance, faults and bench."""
