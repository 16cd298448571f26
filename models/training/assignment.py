"""Which cells of the grids answer for which thing: SimOTA, as in YOLOX (Ge et al. 2021, `yolox/models/yolo_head.py`).

Cells around the middle of a thing compete for it; those that already say it best win, as many as already overlap it.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional

# Cells whose centre is at most this many strides from the thing's compete.
RADIUS = 1.5
CANDIDATES = 10
# What an error of the box weighs against one of the class.
OVERLAP_WEIGHT = 3.0
IMPOSSIBLE = 1e6


@dataclass(frozen=True)
class Grid:
    """The cells of all strides in the order of the outputs."""

    corners: torch.Tensor
    strides: torch.Tensor

    @classmethod
    def of(cls, height: int, width: int, device: torch.device) -> "Grid":
        """The grids of an input."""
        corners, strides = [], []
        for stride in (8, 16, 32):
            rows, columns = torch.meshgrid(
                torch.arange(height // stride, device=device),
                torch.arange(width // stride, device=device),
                indexing="ij",
            )
            corners.append(torch.stack([columns, rows], dim=-1).reshape(-1, 2) * stride)
            strides.append(torch.full((rows.numel(),), float(stride), device=device))
        return cls(torch.cat(corners).float(), torch.cat(strides))

    @property
    def centres(self) -> torch.Tensor:
        """Middles of the cells."""
        return self.corners + self.strides[:, None] / 2


@dataclass(frozen=True)
class Assignment:
    """Cells that answer, the things that they answer for, and how well their boxes overlap already."""

    cells: torch.Tensor
    things: torch.Tensor
    overlaps: torch.Tensor


@torch.no_grad()
def assign(grid: Grid, boxes: torch.Tensor, scores: torch.Tensor, truth: torch.Tensor, classes: torch.Tensor) -> Assignment:
    """Assigns cells with predicted `boxes` [A, 4] and class `scores` [A, C] to `truth` [G, 4] of `classes` [G]."""
    middles = (truth[:, :2] + truth[:, 2:]) / 2
    distance = (grid.centres[None] - middles[:, None]).abs().amax(dim=2)
    near = distance < RADIUS * grid.strides[None]
    cells = near.any(dim=0).nonzero().flatten()
    near, boxes, scores = near[:, cells], boxes[cells], scores[cells]
    overlap = overlaps(truth, boxes)
    wanted = functional.one_hot(classes, scores.shape[1]).float()
    doubt = functional.binary_cross_entropy(
        scores.sqrt()[None].expand(len(truth), -1, -1), wanted[:, None].expand(-1, len(cells), -1), reduction="none"
    ).sum(dim=2)
    cost = doubt - OVERLAP_WEIGHT * (overlap + 1e-8).log() + IMPOSSIBLE * ~near
    chosen = _cheapest(cost, overlap, near)
    claimed = chosen.sum(dim=0)
    # A cell claimed by several things answers for the one that costs it least.
    best = cost.argmin(dim=0)
    chosen &= (claimed <= 1)[None] | functional.one_hot(best, len(truth)).T.bool()
    things, columns = chosen.nonzero(as_tuple=True)
    return Assignment(cells[columns], things, overlap[things, columns])


def _cheapest(cost: torch.Tensor, overlap: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """For each thing its cheapest cells, as many as the sum of the best overlaps."""
    count = min(CANDIDATES, cost.shape[1])
    wanted = overlap.topk(count, dim=1).values.sum(dim=1).int().clamp(min=1, max=count)
    rank = cost.argsort(dim=1).argsort(dim=1)
    return (rank < wanted[:, None]) & near


def overlaps(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each box of `a` with each of `b`."""
    sides = torch.minimum(a[:, None, 2:], b[None, :, 2:]) - torch.maximum(a[:, None, :2], b[None, :, :2])
    common = sides.clamp(min=0).prod(dim=2)
    area = [(boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(dim=1) for boxes in (a, b)]
    return common / (area[0][:, None] + area[1][None] - common).clamp(min=1e-9)


def within(grid: Grid, boxes: torch.Tensor) -> torch.Tensor:
    """Which cells have their centre in one of the boxes [K, 4]."""
    centres = grid.centres
    inside = (centres[:, None] > boxes[None, :, :2]) & (centres[:, None] < boxes[None, :, 2:])
    return inside.all(dim=2).any(dim=1)
