"""What the renderer drew people from, as a second thing to learn.

A name says that two pictures show one person, nothing about why. That one has a broad nose and a beard says it at once, and of
people who are in no training just as much: the network finds in a few thousand steps what it would look for in tens of thousands.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from .labels import Floats


def standardised(traits: Sequence[Floats | None]) -> Floats:
    """One row for each, every column with mean 0 and deviation 1; NaN where nothing is known."""
    known = np.stack([row for row in traits if row is not None])
    mean, deviation = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-6)
    unknown = np.full(known.shape[1], np.nan, np.float32)
    return np.stack([unknown if row is None else (row - mean) / deviation for row in traits])


class TraitHead(nn.Module):
    """Reads traits from vectors; only the training has it."""

    def __init__(self, dimensions: int, traits: int) -> None:
        super().__init__()
        self.read = nn.Linear(dimensions, traits)

    def forward(self, vectors: torch.Tensor, traits: torch.Tensor) -> torch.Tensor:
        """The mean square by which standardised traits [N, T] are missed: 1 for knowing nothing. NaN is not counted."""
        known = ~traits.isnan()
        missed = (self.read(vectors) - traits.nan_to_num()) * known
        return missed.square().sum() / known.sum().clamp(min=1)
