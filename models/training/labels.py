"""What the renderer wrote beside its pictures: `labels.jsonl`, one JSON object a picture.

`iris-demo frames` writes whole pictures of cameras ([`Frame`]), `iris-demo studio` writes crops of one subject
([`Portrait`]). Lengths are pixels, angles are radians, boxes are left, top, right, bottom.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Face:
    """A face: its box, its five landmarks in the order of the ArcFace template, and how it is turned."""

    box: Floats
    landmarks: Floats
    yaw: float
    pitch: float
    visibility: float

    @property
    def width(self) -> float:
        """Width of the box."""
        return float(self.box[2] - self.box[0])


@dataclass(frozen=True)
class Thing:
    """Somebody or something in a frame."""

    kind: str
    identity: str
    outfit: int
    box: Floats
    visibility: float
    cut: bool
    face: Face | None


@dataclass(frozen=True)
class Frame:
    """A picture of a camera."""

    path: Path
    width: int
    height: int
    seed: int
    camera: str
    time: float
    things: list[Thing]


@dataclass(frozen=True)
class Portrait:
    """A crop of one subject. `kind` and `colour` are a vehicle's, `face` and `traits` are a person's: what there is to see of
    them, as the numbers the renderer drew them from."""

    path: Path
    identity: str
    outfit: int
    view: int
    face: Face | None
    traits: Floats | None
    kind: str | None
    colour: str | None


def read_frames(folder: Path) -> list[Frame]:
    """All frames of a folder."""
    return [_frame(folder, line) for line in _lines(folder)]


def read_portraits(folder: Path) -> list[Portrait]:
    """All crops of a folder; identities of different seeds are different."""
    seen: dict[str, int] = {}
    portraits = []
    for line in _lines(folder):
        identity = f"{line.get('seed', 0)}/{line['identity']}"
        view = seen[identity] = seen.get(identity, -1) + 1
        portraits.append(
            Portrait(
                path=folder / line["picture"],
                identity=identity,
                outfit=line.get("outfit", 0),
                view=line.get("view", view),
                face=_face(line.get("face")),
                traits=np.asarray(line["traits"], np.float32) if "traits" in line else None,
                kind=line.get("type"),
                colour=line.get("colour"),
            )
        )
    return portraits


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / "labels.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _frame(folder: Path, line: dict[str, Any]) -> Frame:
    return Frame(
        path=folder / line["picture"],
        width=line["width"],
        height=line["height"],
        seed=line["seed"],
        camera=f"{line['place']}/{line['camera']}",
        time=line["time"],
        things=[_thing(line["seed"], box) for box in line["boxes"]],
    )


def _thing(seed: int, box: dict[str, Any]) -> Thing:
    identity = box["identity"]
    return Thing(
        kind=box["class"],
        identity=f"{seed}/{identity['kind']}/{identity['index']}",
        outfit=box.get("outfit") or 0,
        box=np.asarray(box["box"], np.float32),
        visibility=box["visibility"],
        cut=box["cut"],
        face=_face(box.get("face")),
    )


def _face(face: dict[str, Any] | None) -> Face | None:
    if face is None:
        return None
    return Face(
        box=np.asarray(face["box"], np.float32),
        landmarks=np.asarray(face["landmarks"], np.float32),
        yaw=face.get("yaw", 0.0),
        pitch=face.get("pitch", 0.0),
        visibility=face.get("visibility", 1.0),
    )
