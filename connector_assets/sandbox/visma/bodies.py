"""Reading what is written to Visma: which members are wrapped as `{"value": X}`, and which are bare."""

import json
from collections.abc import Mapping, Sequence

from connector_assets.sandbox.visma.replies import Json, VismaError


class Bodies:
    """Reads bodies by the switches: what an unwrapped scalar and a null do."""

    def __init__(self, *, unwrapped: str, null_value: str) -> None:
        self._unwrapped, self._null_value = unwrapped, null_value

    def wrapped(self, body: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
        """The values of those members that are there; any other member is ignored."""
        found: dict[str, object] = {}
        for name in names:
            given = body.get(name)
            if given is None:
                continue
            if not isinstance(given, dict) or "value" not in given:
                if self._unwrapped == "400":
                    raise VismaError(400, f"Error converting the value of '{name}'", ["A value wrapper is expected."])
                continue
            if given["value"] is not None or self._null_value == "clears":
                found[name] = given["value"]
        return found

    def nested(self, body: Mapping[str, object], name: str, names: Sequence[str]) -> dict[str, object] | None:
        """The values of a bare nested object whose leaves are wrapped; None when it is absent."""
        given = body.get(name)
        return self.wrapped(given, names) if isinstance(given, dict) else None


def json_object(body: bytes) -> Json:
    """The JSON object of a write. Raises VismaError."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise VismaError(400, "The request body cannot be read", ["A JSON object is expected."])
    return value


def bare_segments(body: Mapping[str, object], name: str) -> list[Json] | None:
    """An array of `{"segmentId", "segmentValue"}`, which is never wrapped; None when it is absent."""
    given = body.get(name)
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) and "segmentId" in one for one in given):
        raise VismaError(400, f"Error converting the value of '{name}'", ["An array of segments is expected."])
    return given
