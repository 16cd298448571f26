"""The detector: person, car, dog, cat, bicycle, with YOLOX's tensors, so that Iris reads it as any YOLOX.

Training looks at windows of pictures rather than whole ones: where things are, at many scales, with no time spent on
empty road; the last twentieth is whole pictures, as they come from cameras.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional
from torchvision.ops import generalized_box_iou_loss

from . import augment, card
from .assignment import Grid, assign, within
from .export import export
from .labels import Floats, Frame, Numbers, read_frames
from .layers import Conv, Pyramid, flatten
from .loop import Job, Losses, Samples, fit
from .pictures import YOLOX, Picture, Window, areas, clip, mirrored
from .scores import Found, precision_of_class

CLASSES = ("person", "car", "dog", "cat", "bicycle")
INPUT = 640
WINDOW = 320
WHOLE = (384, 640)
WHOLE_FROM = 0.95
# Each reads four pictures, and a network as small as this one learns what it sees rather than remembers it.
MOSAICS = 0.15
MARGIN = 114
# Less of a thing, or fewer pixels, is neither asked for nor counted as wrong.
VISIBILITY_MIN = 0.3
SIDE_MIN = 10.0
CAMERA = augment.Camera()
# The score at which the card gives recall and precision.
SCORE = 0.4
SUPPRESSION = 0.45


class Detector(nn.Module):
    """A pyramid with a decoupled head: one branch for the class, one for the box and whether there is anything."""

    def __init__(self) -> None:
        super().__init__()
        neck, head = 64, 48
        self.pyramid = Pyramid((16, 32, 64, 128, 160), (1, 3, 3, 2), neck)
        self.class_branches = nn.ModuleList(Conv(neck, head) for _ in range(3))
        self.box_branches = nn.ModuleList(Conv(neck, head) for _ in range(3))
        self.class_heads = nn.ModuleList(nn.Conv2d(head, len(CLASSES), 1) for _ in range(3))
        self.box_heads = nn.ModuleList(nn.Conv2d(head, 5, 1) for _ in range(3))
        for layer in (*self.class_heads, *self.box_heads):
            nn.init.normal_(layer.weight, std=0.01)
            # A hundredth of the cells has anything to say; that is where the scores begin.
            nn.init.constant_(layer.bias, -4.6)
        for layer in self.box_heads:
            nn.init.constant_(layer.bias[:2], 0.5)
            nn.init.constant_(layer.bias[2:4], 1.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rows of box, objectness and classes, [N, cells, 5 + classes]; scores before the sigmoid."""
        rows = []
        branches = zip(self.class_branches, self.box_branches, self.class_heads, self.box_heads, strict=True)
        for level, (class_branch, box_branch, class_head, box_head) in zip(self.pyramid(x), branches, strict=True):
            both = torch.cat([box_head(box_branch(level)), class_head(class_branch(level))], dim=1)
            rows.append(flatten(both, 5 + len(CLASSES)))
        return torch.cat(rows, dim=1)


class Exportable(nn.Module):
    """The detector with YOLOX's output: raw boxes, scores after the sigmoid."""

    def __init__(self, detector: nn.Module) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[N, cells, 5 + classes]`."""
        rows = self.detector(x)
        return torch.cat([rows[..., :4], rows[..., 4:].sigmoid()], dim=-1)


@dataclass(frozen=True)
class Sample:
    """A picture, the classes and boxes of the things in it, and of those that do not count."""

    picture: Picture
    classes: Numbers
    boxes: Floats
    ignored_classes: Numbers
    ignored: Floats


@dataclass(frozen=True)
class Batch:
    """Samples together."""

    pictures: torch.Tensor
    samples: list[Sample]


class Windows(Samples):
    """Windows and, near the end, whole frames."""

    def __init__(self, frames: list[Frame], seed: int, count: int, batch: int) -> None:
        super().__init__(seed, count)
        self.frames = frames
        # No batch has both: its pictures are all of one size.
        self.whole_from = (batch * round(count * WHOLE_FROM / batch) - 0.5) / count
        # Rarer classes are looked for half as often as people, however rare they are; cats, the smallest, as often.
        self.places = {
            name: [(i, j) for i, f in enumerate(frames) for j, t in enumerate(f.things) if _counts(t.visibility, t.kind, name)]
            for name in CLASSES
        }
        self.wanted = [name for name in ("person", "cat", *CLASSES) if self.places[name]]

    def draw(self, rng: np.random.Generator, progress: float) -> Sample:
        """A window, or a whole frame in the last part of the training."""
        if progress >= self.whole_from:
            sample = whole(self.frames[rng.integers(len(self.frames))], rng)
        elif rng.random() < MOSAICS:
            sample = self._mosaic(rng)
        else:
            sample = self._window(rng, WINDOW, WINDOW)
        if rng.random() < 0.5:
            width = sample.picture.shape[1]
            picture = np.ascontiguousarray(sample.picture[:, ::-1])
            boxes, ignored = mirrored(sample.boxes, width), mirrored(sample.ignored, width)
            sample = replace(sample, picture=picture, boxes=boxes, ignored=ignored)
        return replace(sample, picture=augment.as_camera(sample.picture, rng, CAMERA))

    def _window(self, rng: np.random.Generator, width: int, height: int) -> Sample:
        """A window around something, or anywhere."""
        if rng.random() < 0.9 and self.wanted:
            places = self.places[self.wanted[rng.integers(len(self.wanted))]]
            index, thing = places[rng.integers(len(places))]
            frame = self.frames[index]
            left, top, right, bottom = frame.things[thing].box
            middle = ((left + right) / 2, (top + bottom) / 2)
        else:
            frame = self.frames[rng.integers(len(self.frames))]
            middle = (rng.uniform(0, frame.width), rng.uniform(0, frame.height))
        scale = INPUT / max(frame.width, frame.height) * np.exp(rng.uniform(np.log(0.55), np.log(1.6)))
        jitter = rng.uniform(-0.45, 0.45, 2) * (width, height) / scale
        window = Window.around((middle[0] + jitter[0], middle[1] + jitter[1]), scale, width, height)
        return seen(frame, window, augment.interpolation(rng))

    def _mosaic(self, rng: np.random.Generator) -> Sample:
        """Four windows side by side: more things in places where they never are."""
        x, y = (8 * int(rng.integers(WINDOW // 32, WINDOW * 3 // 32)) for _ in range(2))
        tiles = [(0, 0, x, y), (x, 0, WINDOW, y), (0, y, x, WINDOW), (x, y, WINDOW, WINDOW)]
        picture = np.empty((WINDOW, WINDOW, 3), np.uint8)
        parts = []
        for left, top, right, bottom in tiles:
            part = self._window(rng, right - left, bottom - top)
            picture[top:bottom, left:right] = part.picture
            shift = np.array([left, top, left, top], np.float32)
            parts.append((part.classes, part.boxes + shift, part.ignored_classes, part.ignored + shift))
        return Sample(picture, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _counts(visibility: float, kind: str, name: str) -> bool:
    return kind == name and visibility >= VISIBILITY_MIN


def whole(frame: Frame, rng: np.random.Generator | None = None) -> Sample:
    """The frame as the service brings it to the network: as wide as the input, at the top left."""
    scale = INPUT / max(frame.width, frame.height)
    if rng is not None:
        # All pictures of a batch are alike; a frame of another shape is made smaller until it fits.
        scale = min(WHOLE[0] / frame.height, WHOLE[1] / frame.width)
    width, height = round(frame.width * scale), round(frame.height * scale)
    window = Window(0, 0, frame.width, frame.height, width, height)
    sample = seen(frame, window, cv2.INTER_LINEAR if rng is None else augment.interpolation(rng))
    # Sides are multiples of the largest stride.
    rows, columns = (-(-side // 32) * 32 for side in (height, width)) if rng is None else WHOLE
    picture = np.full((rows, columns, 3), MARGIN, np.uint8)
    picture[:height, :width] = sample.picture
    return replace(sample, picture=picture)


def seen(frame: Frame, window: Window, interpolation: int) -> Sample:
    """What a window sees of a frame."""
    things = [thing for thing in frame.things if thing.kind in CLASSES]
    boxes = np.stack([thing.box for thing in things]) if things else np.zeros((0, 4), np.float32)
    boxes, share = clip(window.boxes(boxes), window.width, window.height)
    classes = np.array([CLASSES.index(thing.kind) for thing in things], np.int64)
    visibility = np.array([thing.visibility for thing in things], np.float32)
    sides = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    counts = (visibility >= VISIBILITY_MIN) & (share >= VISIBILITY_MIN) & (sides >= SIDE_MIN)
    ignored = ~counts & (areas(boxes) > 0)
    picture = window.read(frame.path, MARGIN, interpolation)
    return Sample(picture, classes[counts], boxes[counts], classes[ignored], boxes[ignored])


def collate(samples: list[Sample]) -> Batch:
    """Samples to a batch."""
    return Batch(torch.from_numpy(np.stack([sample.picture for sample in samples])), samples)


def decode(rows: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Boxes [..., 4] as corners in the input's pixels."""
    strides = grid.strides[:, None]
    centre = rows[..., :2] * strides + grid.corners
    # e^8 strides are larger than any picture; the limit keeps a wild start finite.
    size = rows[..., 2:4].clamp(max=8.0).exp() * strides
    return torch.cat([centre - size / 2, centre + size / 2], dim=-1)


def losses(network: nn.Module, batch: Batch) -> Losses:
    """Of the boxes, of whether there is anything, and of the classes; each per answering cell."""
    device = next(network.parameters()).device
    rows = network(YOLOX.tensor(batch.pictures.to(device))).float()
    with torch.autocast(device.type, enabled=False):
        grid = Grid.of(*batch.pictures.shape[1:3], device=device)
        boxes = decode(rows, grid)
        wanted = torch.zeros(rows.shape[:2], device=device)
        weight = torch.ones_like(wanted)
        box_loss, class_loss = rows.sum() * 0.0, rows.sum() * 0.0
        answering = 0
        for index, sample in enumerate(batch.samples):
            if len(sample.ignored):
                weight[index][within(grid, torch.from_numpy(sample.ignored).to(device))] = 0.0
            if not len(sample.boxes):
                continue
            truth = torch.from_numpy(sample.boxes).float().to(device)
            classes = torch.from_numpy(sample.classes).to(device)
            scores = rows[index, :, 5:].sigmoid() * rows[index, :, 4:5].sigmoid()
            found = assign(grid, boxes[index], scores, truth, classes)
            wanted[index, found.cells] = 1.0
            weight[index, found.cells] = 1.0
            answering += len(found.cells)
            box_loss = box_loss + generalized_box_iou_loss(boxes[index, found.cells], truth[found.things], reduction="sum")
            right = functional.one_hot(classes[found.things], len(CLASSES)) * found.overlaps[:, None]
            class_loss = class_loss + functional.binary_cross_entropy_with_logits(
                rows[index, found.cells, 5:], right, reduction="sum"
            )
        thing_loss = functional.binary_cross_entropy_with_logits(rows[..., 4], wanted, weight, reduction="sum")
    count = max(answering, 1)
    return {"box": 5 * box_loss / count, "thing": thing_loss / count, "class": class_loss / count}


def evaluate(network: nn.Module, frames: list[Frame]) -> list[Found]:
    """What the network finds in whole frames."""
    device = next(network.parameters()).device
    results = []
    for frame in frames:
        sample = whole(frame)
        with torch.no_grad():
            rows = network(YOLOX.tensor(torch.from_numpy(sample.picture)[None].to(device)))[0].float().cpu()
        boxes = decode(rows, Grid.of(*sample.picture.shape[:2], device=torch.device("cpu")))
        best = rows[:, 5:].sigmoid().max(dim=1)
        scores = rows[:, 4].sigmoid() * best.values
        kept = scores > 0.01
        boxes, scores, classes = boxes[kept], scores[kept], best.indices[kept]
        order = torchvision.ops.batched_nms(boxes, scores, classes, SUPPRESSION)[:300]
        found = (boxes[order].numpy(), scores[order].numpy(), classes[order].numpy())
        results.append(Found(*found, sample.boxes, sample.classes, sample.ignored, sample.ignored_classes))
    return results


def figures(network: nn.Module, frames: list[Frame]) -> list[card.Figure]:
    """mAP50, and of each class its average precision, recall and precision."""
    results = evaluate(network, frames)
    classes = {name: precision_of_class(results, number, SCORE) for number, name in enumerate(CLASSES)}
    present = {name: one for name, one in classes.items() if one.truths}
    mean = float(np.mean([one.average for one in present.values()])) if present else float("nan")
    rows = [card.Figure("mAP50", mean, least=0.95)]
    for name, one in present.items():
        rows.append(card.Figure(f"AP50 of {name} ({one.truths})", one.average))
        rows.append(card.Figure(f"recall of {name} at score {SCORE}", one.recall))
        rows.append(card.Figure(f"precision of {name} at score {SCORE}", one.precision))
    return rows


def main() -> None:
    """Trains, measures, exports."""
    job = Job.from_command_line("iris-detector", __doc__ or "", "training.detector")
    train, held_out = (read_frames(job.data / "frames" / part) for part in ("train", "held-out"))
    # Small batches: more steps for the same work say more than a smoother gradient.
    course = job.course(samples=320_000, batch=8, rate=1.5e-3)
    windows = Windows(train, job.seed, course.steps * course.batch, course.batch)
    network = fit(Detector(), losses, windows, collate, course, job, per_batch=course.batch)
    measured = figures(network, held_out)
    exported = export(
        Exportable(network),
        job.out / f"{job.name}.onnx",
        example=torch.rand(1, 3, *WHOLE) * 255,
        inputs="images",
        outputs=["output"],
        dynamic={0: "batch", 2: "height", 3: "width"},
        metadata={"names": str(dict(enumerate(CLASSES)))},
    )
    counts: dict[str, Any] = {"training frames": len(train), "held-out frames": len(held_out)}
    card.write(job, course, TEXT, exported, measured, counts, milliseconds_most=25.0)


TEXT = card.Text(
    title="Iris detector",
    purpose="Finds people, cars, dogs, cats and bicycles in pictures of the demo world.",
    contract=(
        "Family `yolox`. Input `images` [N, 3, H, W], H and W multiples of 32: BGR, 0..255, aspect kept, at the top left "
        "of a field of 114. Made for a longer side of 640.",
        "Output `output` [N, cells, 10]: centre within the cell, logarithm of the size in strides 8, 16, 32, objectness, "
        "five classes. The classes are in the file's metadata as `names`.",
    ),
    limits=(
        f"Things of which less than {VISIBILITY_MIN:.0%} can be seen, or with a side below {SIDE_MIN:.0f} px of the input, "
        "count neither as missed nor as wrong.",
        "Bicycles and their riders are found apart. Vans and pickups are cars.",
    ),
)


if __name__ == "__main__":
    main()
