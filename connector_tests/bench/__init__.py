"""Figures that the documentation claims, each printed by a command beside a bound or a peer."""
