"""Rows of token numbers of unequal length, laid end to end.

Every step of training slices, drops and joins some thousand texts; on whole arrays that costs milliseconds, text by
text it would cost more than the learning does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ragged:
    """``values`` are the rows end to end; row i is ``values[offsets[i]:offsets[i + 1]]``."""

    values: NDArray[np.int32]
    offsets: Ints

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> Ragged:
        """The rows, copied."""
        arrays = [np.asarray(row, dtype=np.int32) for row in rows]
        return cls.join(arrays, np.fromiter((len(array) for array in arrays), np.int64, len(arrays)))

    @classmethod
    def join(cls, parts: Sequence[NDArray[np.int32]], lengths: Ints) -> Ragged:
        """Rows of the given lengths whose values stand one after another in ``parts``."""
        values = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        return cls(values, _offsets(lengths))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Ints:
        return np.diff(self.offsets)

    @property
    def owners(self) -> Ints:
        """For every value the number of its row."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def take(self, rows: Ints) -> Ragged:
        """The named rows, in that order."""
        return self.cut(self.offsets[rows], self.offsets[rows + 1])

    def cut(self, starts: Ints, ends: Ints) -> Ragged:
        """New rows, each the stretch from a start to an end in ``values``; an end before its start is an empty row."""
        lengths = np.maximum(ends - starts, 0)
        offsets = _offsets(lengths)
        places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Ragged(self.values[places], offsets)

    def keep(self, wanted: NDArray[np.bool_]) -> Ragged:
        """The rows with only those values for which ``wanted`` is true."""
        return Ragged(self.values[wanted], _offsets(np.bincount(self.owners[wanted], minlength=len(self))))

    def beside(self, other: Ragged) -> Ragged:
        """Row by row, this row's values and then the other's."""
        order = np.argsort(np.concatenate([self.owners, other.owners]), kind="stable")
        values = np.concatenate([self.values, other.values])[order]
        return Ragged(values, _offsets(self.lengths + other.lengths))


def stack(parts: Sequence[Ragged]) -> Ragged:
    """All rows of all parts, one part below another."""
    lengths = [part.lengths for part in parts]
    return Ragged.join([part.values for part in parts], np.concatenate([np.zeros(0, np.int64), *lengths]))


def _offsets(lengths: Ints) -> Ints:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
