"""Values of config.yaml as pydantic types: each says what it accepts, and refuses the rest in one sentence."""

import difflib
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")
#: Of whole numbers: NumPy and HDF5 hold no larger ones.
LARGEST = 2**63 - 1
#: A number that YAML 1.1 reads as text, as it has no dot.
_EXPONENT = re.compile(r"[+-]?\d+[eE][+-]?\d+", re.ASCII)


def nearest(got: object, choices: Iterable[object]) -> str:
    """Return a hint at the valid word that is most like a wrong one."""
    close = difflib.get_close_matches(str(got), [str(word) for word in choices], n=1, cutoff=0.4)
    return f"; nearest valid: {close[0]}" if close else ""


class Value(ABC):
    """A check before pydantic's own, and its description for people."""

    def __get_pydantic_core_schema__(self, source: object, handler: Callable[[object], CoreSchema]) -> CoreSchema:
        """Check a value before it is converted."""
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    @abstractmethod
    def check(self, value: object) -> object:
        """Return the value, or raise ValueError."""


@dataclass(frozen=True)
class Number(Value):
    """A number in a range; `ends` tells which ends belong to it."""

    low: float = -math.inf
    high: float = math.inf
    ends: str = "[]"
    whole: bool = False
    even: bool = False

    def __str__(self) -> str:
        """Describe the range."""
        kind = "whole number" if self.whole else "number"
        return f"{'even ' if self.even else ''}{kind} {self._range()}".replace(" to inf", " on").rstrip()

    def _range(self) -> str:
        sides = "above" if self.ends[0] == "(" else "from", "below" if self.ends[1] == ")" else "to"
        return f"{sides[0]} {self.low} {sides[1]} {self.high}"

    def check(self, value: object) -> object:
        """Return the number; text such as 1e-3 is one too."""
        if isinstance(value, str) and not self.whole and _EXPONENT.fullmatch(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            raise ValueError(f"expected a {'whole number' if self.whole else 'number'}, got {value!r}")
        if self.whole and abs(value) > LARGEST:
            raise ValueError(f"expected a number up to {LARGEST}, got a larger one")
        if not math.isfinite(value):
            raise ValueError(f"expected a finite number, got {value}")
        above = value > self.low if self.ends[0] == "(" else value >= self.low
        below = value < self.high if self.ends[1] == ")" else value <= self.high
        if not (above and below):
            raise ValueError(f"expected a number {self._range()}, got {value!r}")
        if self.even and value % 2:
            raise ValueError(f"expected an even number, got {value!r}")
        return value


@dataclass(frozen=True)
class Size(Value):
    """A number of covers, or a share of all of them."""

    def __str__(self) -> str:
        """Describe both."""
        return "whole number from 0, or share between 0 and 1"

    def check(self, value: object) -> object:
        """Return the number."""
        if isinstance(value, float):
            if not 0 < value < 1:
                raise ValueError(f"expected a whole number, or a share between 0 and 1, got {value!r}")
            return value
        return Number(0, whole=True).check(value)


@dataclass(frozen=True)
class Choice(Value):
    """One of several words."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        """List the words."""
        return ", ".join(f"`{word}`" for word in self.words)

    def check(self, value: object) -> object:
        """Return the word."""
        if not isinstance(value, str) or value not in self.words:
            raise ValueError(f"expected one of {', '.join(self.words)}, got {value!r}{nearest(value, self.words)}")
        return value


@dataclass(frozen=True)
class Text(Value):
    """A text; a whole number is taken for its digits unless `exact`, as YAML reads 0012 as 10."""

    exact: bool = False

    def __str__(self) -> str:
        """Name it."""
        return "text"

    def check(self, value: object) -> object:
        """Return the text; say what YAML made of it where it is none."""
        if isinstance(value, int) and not isinstance(value, bool) and not self.exact:
            return str(value)
        if not isinstance(value, str):
            if isinstance(value, bool | int | float | None):
                reason = "YAML reads 0012 as 10, and no, off or on as false or true: write '0012' in quotes"
                raise ValueError(f"expected a name in quotes, got {value!r}: {reason}")
            raise ValueError(f"expected a text, got {value!r}")
        if not value:
            raise ValueError("expected a text, got an empty one")
        return value


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r}")
    return value


def _some(values: list[T]) -> list[T]:
    if not values:
        raise ValueError("expected one value or more, got none")
    return _distinct(values)


def _distinct(values: list[T]) -> list[T]:
    if len({repr(value) for value in values}) < len(values):
        raise ValueError(f"expected each value once, got {values}")
    return values


def _named(mapping: object) -> object:
    """Names of a mapping as texts."""
    if not isinstance(mapping, Mapping):
        return mapping
    named = {str(Text().check(name)): value for name, value in mapping.items()}
    if len(named) < len(mapping):
        raise ValueError(f"expected each name once, got {', '.join(map(str, mapping))}: quote names that are numbers")
    wrong = next((name for name in named if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name, re.ASCII)), None)
    if wrong is not None:
        raise ValueError(f"expected a name of small letters, digits and hyphens, got {wrong!r}")
    return named


Name = Annotated[str, Text()]
Flag = Annotated[bool, BeforeValidator(_flag)]
Whole = Annotated[int, Number(0, whole=True)]
Positive = Annotated[int, Number(1, whole=True)]
Share = Annotated[float, Number(0, 1, "[)")]
Some = Annotated[list[T], AfterValidator(_some)]
Several = Annotated[list[T], AfterValidator(_distinct)]
Named = Annotated[dict[str, T], BeforeValidator(_named)]


class Keys(BaseModel):
    """A mapping with known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sparse(Keys):
    """A mapping whose keys are left out where they have no value."""

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}
