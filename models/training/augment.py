"""What cameras do to pictures, done to training samples: exposure, white balance, blur, noise, compression, night."""

from dataclasses import dataclass

import cv2
import numpy as np

from .pictures import Picture

# How a picture can be scaled on its way to a network: services differ, so networks see all of them.
INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


@dataclass(frozen=True)
class Camera:
    """How much of it; shares are probabilities."""

    exposure: float = 0.3
    white_balance: float = 0.12
    grey: float = 0.08
    blur: float = 0.2
    coarse: float = 0.15
    noise: float = 0.3
    compressed: float = 0.3


def interpolation(rng: np.random.Generator) -> int:
    """One of the ways to scale."""
    return INTERPOLATIONS[rng.integers(len(INTERPOLATIONS))]


def as_camera(picture: Picture, rng: np.random.Generator, camera: Camera) -> Picture:
    """The picture as another camera, or the same at another hour, would have taken it."""
    picture = _exposed(picture, rng, camera)
    if rng.random() < camera.grey:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if rng.random() < camera.blur:
        picture = _blurred(picture, rng)
    if rng.random() < camera.coarse:
        picture = _coarse(picture, rng)
    if rng.random() < camera.noise:
        picture = _noisy(picture, rng)
    if rng.random() < camera.compressed:
        picture = _compressed(picture, rng)
    return picture


def erased(picture: Picture, rng: np.random.Generator, share: float = 0.35) -> Picture:
    """The picture with something in front of a part of it."""
    height, width = picture.shape[:2]
    h, w = (max(1, int(side * rng.uniform(0.15, share**0.5))) for side in (height, width))
    top, left = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
    picture = picture.copy()
    picture[top : top + h, left : left + w] = rng.integers(0, 256, 3)
    return picture


def _exposed(picture: Picture, rng: np.random.Generator, camera: Camera) -> Picture:
    gains = np.exp(rng.uniform(-camera.exposure, camera.exposure) + rng.normal(0, camera.white_balance, 3))
    gamma = np.exp(rng.uniform(-camera.exposure, camera.exposure))
    offset = rng.uniform(-0.3, 0.3) * camera.exposure
    levels = np.linspace(0, 1, 256)[:, None] ** gamma * gains + offset
    table = np.clip(levels * 255, 0, 255).astype(np.uint8)
    picture = cv2.LUT(picture, table[None])
    colourfulness = rng.uniform(0.6, 1.3)
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return cv2.addWeighted(picture, colourfulness, grey, 1 - colourfulness, 0)


def _blurred(picture: Picture, rng: np.random.Generator) -> Picture:
    if rng.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.4))
    # By motion: a line through the middle of the kernel.
    side = int(rng.choice([3, 5, 7]))
    kernel = np.zeros((side, side), np.float32)
    angle, reach = rng.uniform(0, np.pi), side // 2
    dx, dy = np.cos(angle) * reach, np.sin(angle) * reach
    ends = [(round(reach + sign * dx), round(reach + sign * dy)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def _coarse(picture: Picture, rng: np.random.Generator) -> Picture:
    height, width = picture.shape[:2]
    scale = rng.uniform(0.4, 0.8)
    small = cv2.resize(picture, (max(1, int(width * scale)), max(1, int(height * scale))), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _noisy(picture: Picture, rng: np.random.Generator) -> Picture:
    height, width = picture.shape[:2]
    # One channel for all three is a third of the work, and what is left of a sensor's noise after a codec.
    noise = rng.standard_normal((height, width, 1), np.float32) * rng.uniform(2, 12)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _compressed(picture: Picture, rng: np.random.Generator) -> Picture:
    quality = int(rng.integers(25, 85))
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)
