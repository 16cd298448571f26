"""Losses that push identities apart, and batches that have several pictures of each."""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence

import torch
from torch import nn
from torch.nn import functional


class ArcMargin(nn.Module):
    """ArcFace's head (Deng et al. 2019): each class a direction, and an angle that the right one must be better by.

    Directions of chance take most of a short course to become of any use. So they first follow what another loss makes of the
    network, and the head begins with them where they are.
    """

    def __init__(self, dimensions: int, classes: int, scale: float, margin: float) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(classes, dimensions))
        self.scale = scale
        self.margin = margin
        # Raised from 0 to 1 during the training: the full margin from the start does not converge.
        self.strength = 0.0

    @torch.no_grad()
    def follow(self, vectors: torch.Tensor, classes: torch.Tensor) -> None:
        """Brings the directions of these classes half the way to the mean of their vectors."""
        which, members = classes.unique(return_inverse=True)
        sums = vectors.new_zeros(len(which), vectors.shape[1]).index_add_(0, members, functional.normalize(vectors))
        self.directions[which] = functional.normalize(functional.normalize(self.directions[which]) + functional.normalize(sums))

    def forward(self, vectors: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """The loss."""
        cosine = functional.linear(functional.normalize(vectors), functional.normalize(self.directions))
        angle = cosine.clamp(-1 + 1e-6, 1 - 1e-6).acos()
        right = functional.one_hot(classes, cosine.shape[1]).bool()
        pushed = (angle + self.margin * self.strength).clamp(max=math.pi).cos()
        return functional.cross_entropy(self.scale * torch.where(right, pushed, cosine), classes)


def contrast(vectors: torch.Tensor, looks: torch.Tensor, people: torch.Tensor, temperature: float) -> torch.Tensor:
    """Supervised contrast (Khosla et al. 2020): a picture's similarity to each other one of its look, against those to all
    pictures of other people in the batch. Another look of the same person is neither.

    It has no direction for each look that would have to be learnt first, so that a short course gets somewhere.
    """
    unit = functional.normalize(vectors)
    similarity = unit @ unit.T / temperature
    same = (looks[:, None] == looks[None]) & ~torch.eye(len(looks), dtype=torch.bool, device=looks.device)
    other = people[:, None] != people[None]
    against = similarity.masked_fill(~other, -math.inf).logsumexp(dim=1, keepdim=True)
    return functional.softplus(against - similarity)[same].mean()


def numbered(names: Sequence[Hashable]) -> tuple[list[int], int]:
    """A number from 0 for each name, the same for the same, and how many there are."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(name, len(numbers)) for name in names], len(numbers)


def members(numbers: Sequence[int]) -> list[list[int]]:
    """For each number, where it stands."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(numbers):
        places[number].append(place)
    return [places[number] for number in range(len(places))]
