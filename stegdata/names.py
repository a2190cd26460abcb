"""Names of stego sets below their source: what paths, tables and figures call them."""

import re
from dataclasses import dataclass
from decimal import Decimal

from stegdata.errors import DataError

#: Payload of pairs that were embedded by somebody else, who may not have said how much.
GIVEN = "given"
_PATTERN = re.compile(
    r"(?P<embedders>[a-z]+([-+][a-z]+)*)-"
    r"((q(?P<quality>\d+)-)?(?P<payload>\d+(\.\d+)?)(?P<unit>bpp|bpnzac)|given)",
    re.ASCII,
)


@dataclass(frozen=True)
class StegoSet:
    """Embedders (several make a union), JPEG quality or None, payload and its unit, or None where it was given.

    The unit is in small letters, as in paths.
    """

    embedders: tuple[str, ...]
    quality: int | None
    payload: float | None
    unit: str | None

    def __str__(self) -> str:
        """Return the name: suniward-0.4bpp, uerd-q75-0.4bpnzac, jmipod+uerd-given."""
        return "+".join(self.embedders) + "-" + self.condition

    @property
    def condition(self) -> str:
        """What follows the embedders: quality and payload."""
        if self.payload is None:
            return GIVEN
        quality = "" if self.quality is None else f"q{self.quality}-"
        # the shortest digits that give this number again, never an exponent
        return f"{quality}{Decimal(repr(float(self.payload))).normalize():f}{self.unit}"


def parse_stego_set(name: str) -> StegoSet:
    """Read a name of a stego set.

    Raises
    ------
    DataError
        If it is none.
    """
    match = _PATTERN.fullmatch(name)
    if match is None:
        raise DataError(
            f"stego set: expected a name such as suniward-0.4bpp, uerd-q75-0.4bpnzac or uerd-given, got {name!r}"
        )
    quality, payload = match["quality"], match["payload"]
    found = StegoSet(
        tuple(match["embedders"].split("+")),
        None if quality is None else int(quality),
        None if payload is None else float(payload),
        match["unit"],
    )
    found = StegoSet(tuple(sorted(set(found.embedders))), found.quality, found.payload, found.unit)
    if str(found) != name:
        raise DataError(f"stego set: expected {found}, got {name!r}: one set has one name, and one path")
    return found
