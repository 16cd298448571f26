"""Pictures as samples: reading, cutting windows out of them, and the numbers that a network wants.

Pictures are BGR bytes, height x width x 3, as OpenCV reads them, until [`Recipe.tensor`] makes a network's input.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from .labels import Floats

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Recipe:
    """What a family of networks wants: the order of the planes, and `(byte - mean) / deviation` for each."""

    rgb: bool
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    def tensor(self, pictures: torch.Tensor) -> torch.Tensor:
        """Input of a network, [N, 3, H, W], from bytes [N, H, W, 3]."""
        count, height, width, _ = pictures.shape
        # Row by row, in place: several times as fast as plane by plane, which has to jump from pixel to pixel.
        rows = (pictures.flip(3) if self.rgb else pictures).float().view(count * height, width * 3)
        mean, deviation = (torch.tensor(three, device=rows.device).repeat(width) for three in (self.mean, self.deviation))
        return rows.sub_(mean).div_(deviation).view(count, height, width, 3).permute(0, 3, 1, 2)


YOLOX = Recipe(rgb=False, mean=(0.0, 0.0, 0.0), deviation=(1.0, 1.0, 1.0))
SCRFD = Recipe(rgb=True, mean=(127.5, 127.5, 127.5), deviation=(128.0, 128.0, 128.0))
ARCFACE = Recipe(rgb=True, mean=(127.5, 127.5, 127.5), deviation=(127.5, 127.5, 127.5))
IMAGENET = Recipe(rgb=True, mean=(123.675, 116.28, 103.53), deviation=(58.395, 57.12, 57.375))


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture, which may reach beyond it, and the size that it is scaled to.

    The rectangle's numbers are even, so that it can be cut out of a picture that was decoded at half its size.
    """

    left: int
    top: int
    source_width: int
    source_height: int
    width: int
    height: int

    @classmethod
    def around(cls, centre: tuple[float, float], scale: float, width: int, height: int) -> "Window":
        """The window of a size that sees the picture enlarged by `scale`, with `centre` in its middle."""
        source_width, source_height = (max(2, 2 * round(side / scale / 2)) for side in (width, height))
        left, top = (2 * round((c - s / 2) / 2) for c, s in zip(centre, (source_width, source_height), strict=True))
        return cls(left, top, source_width, source_height, width, height)

    @property
    def halves(self) -> bool:
        """Whether a picture decoded at half its size is enough."""
        return self.source_width >= 2 * self.width

    def points(self, points: Floats) -> Floats:
        """Where points [..., 2] of the picture are in the window."""
        scale = np.array([self.width / self.source_width, self.height / self.source_height], np.float32)
        return (points - np.array([self.left, self.top], np.float32)) * scale

    def boxes(self, boxes: Floats) -> Floats:
        """Where boxes [..., 4] of the picture are in the window, not clipped."""
        return self.points(boxes.reshape(-1, 2)).reshape(boxes.shape)

    def read(self, path: Path, fill: int, interpolation: int) -> Picture:
        """The window's pixels, `fill` where it reaches beyond the picture."""
        flag = cv2.IMREAD_REDUCED_COLOR_2 if self.halves else cv2.IMREAD_COLOR
        return self.cut(read(path, flag), fill, interpolation, divisor=2 if self.halves else 1)

    def cut(self, picture: Picture, fill: int, interpolation: int, divisor: int = 1) -> Picture:
        """The same out of a picture already decoded, at a `divisor`th of its size."""
        height, width = picture.shape[:2]
        left, top = self.left // divisor, self.top // divisor
        right, bottom = left + self.source_width // divisor, top + self.source_height // divisor
        inside = picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if inside.size == 0:
            return np.full((self.height, self.width, 3), fill, np.uint8)
        if left < 0 or top < 0 or right > width or bottom > height:
            margins = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
            inside = cv2.copyMakeBorder(inside, *margins, cv2.BORDER_CONSTANT, value=(fill, fill, fill))
        return cv2.resize(inside, (self.width, self.height), interpolation=interpolation)


def read(path: Path, flag: int = cv2.IMREAD_COLOR) -> Picture:
    """A picture from its file."""
    picture = cv2.imread(str(path), flag)
    if picture is None:
        raise FileNotFoundError(f"read picture `{path}`")
    return picture


def clip(boxes: Floats, width: int, height: int) -> tuple[Floats, Floats]:
    """Boxes [N, 4] clipped to a picture, and the share of each that lies within."""
    limits = np.array([width, height, width, height], np.float32)
    clipped = np.clip(boxes, 0, limits)
    share = areas(clipped) / np.maximum(areas(boxes), 1e-6)
    return clipped, share


def areas(boxes: Floats) -> Floats:
    """Areas of boxes [N, 4]."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def mirrored(boxes: Floats, width: int) -> Floats:
    """Boxes [N, 4] in the picture mirrored left to right."""
    return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1)
