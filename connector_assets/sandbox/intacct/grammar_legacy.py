"""The legacy functions' children in their strict order, and their attributes (`!` required)."""

from collections.abc import Mapping

LEGACY_FUNCTIONS: Mapping[str, str] = {}
LEGACY_ATTRIBUTES: Mapping[str, str] = {}
