"""Faces brought upright into ArcFace's 112 x 112, by five landmarks (InsightFace, `utils/face_align.py`)."""

import cv2
import numpy as np

from .labels import Floats
from .pictures import Picture

SIDE = 112
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


def similarity(landmarks: Floats) -> Floats:
    """The turn, scale and shift, as a 2 x 3 matrix, that brings five landmarks nearest to the template (Umeyama 1991).

    In the plane, and without reflection, least squares has a closed form.
    """
    source, target = landmarks.mean(axis=0), TEMPLATE.mean(axis=0)
    a, b = landmarks - source, TEMPLATE - target
    spread = max(float((a**2).sum()), 1e-6)
    cosine = float((a * b).sum()) / spread
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]], np.float32)
    return np.concatenate([turn, (target - turn @ source)[:, None]], axis=1).astype(np.float32)


def aligned(picture: Picture, landmarks: Floats, divisor: float = 1.0) -> Picture:
    """The face in ArcFace's place, of `SIDE / divisor` pixels a side, black beyond the picture."""
    side = round(SIDE / divisor)
    matrix = similarity(landmarks) * (side / SIDE)
    return cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0))
