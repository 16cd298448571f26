"""The face detector, with five landmarks and SCRFD's nine tensors, so that Iris reads it as any SCRFD.

It is trained on windows of the same frames as the detector: the upper halves of people, as the re-ID service cuts them
out of the full-resolution picture, and anything else that is not a face. Each grid has two anchors a cell as SCRFD has,
here for faces of two sizes.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional
from torchvision.ops import complete_box_iou_loss

from . import augment, card
from .export import export
from .labels import Face, Floats, Frame, Portrait, read_frames, read_portraits
from .layers import Conv, Pyramid, flatten
from .loop import Job, Losses, Samples, fit
from .pictures import SCRFD, Picture, Window, areas, clip, mirrored
from .scores import Found, matches, precision_of_class

STRIDES = (8, 16, 32)
# SCRFD's anchors: the sizes of face that the two anchors of a cell stand for, in pixels.
SIZES = ((16, 32), (64, 128), (256, 512))
ANCHORS = 2
WINDOW = 256
# Faces of fewer pixels, turned further away, or mostly hidden neither count nor are asked for.
WIDTH_MIN = 10.0
TURN_MAX = math.radians(80)
VISIBILITY_MIN = 0.5
# The re-ID service enlarges the upper part of a person to this side, by as much for the smallest faces that it reads.
REGION = 320
ENLARGED_MAX = 4.0
# What the promise is about, in pixels of the camera's picture.
WIDTH_PROMISED = 24.0
SCORE = 0.5
SUPPRESSION = 0.4
# Landmarks of a mirrored face: the eyes and the corners of the mouth change places.
MIRRORED_LANDMARKS = [1, 0, 2, 4, 3]
CAMERA = augment.Camera(grey=0.12)


class FaceDetector(nn.Module):
    """A small pyramid and one branch for score, box and landmarks."""

    def __init__(self) -> None:
        super().__init__()
        neck, head = 32, 32
        self.pyramid = Pyramid((16, 16, 32, 64, 96), (1, 2, 2, 1), neck)
        self.branches = nn.ModuleList(nn.Sequential(Conv(neck, head), Conv(head, head)) for _ in STRIDES)
        self.heads = nn.ModuleList(nn.Conv2d(head, ANCHORS * 15, 1) for _ in STRIDES)
        for layer in self.heads:
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)
            # Nearly all anchors see no face.
            nn.init.constant_(layer.bias.view(ANCHORS, 15)[:, 0], -4.6)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """For each stride rows [N, cells x 2, 15]: score before the sigmoid, logarithms of distances, landmarks."""
        levels = zip(self.pyramid(x), self.branches, self.heads, strict=True)
        return [flatten(head(branch(level)), 15) for level, branch, head in levels]


class Exportable(nn.Module):
    """The face detector with SCRFD's outputs: scores, distances and landmarks in strides, of a single picture."""

    def __init__(self, detector: nn.Module) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Three scores [A, 1], three boxes [A, 4], three sets of landmarks [A, 10]."""
        scores, boxes, landmarks = [], [], []
        for stride, sizes, rows in zip(STRIDES, SIZES, self.detector(x), strict=True):
            rows = rows.reshape(-1, ANCHORS, 15)
            size = torch.tensor(sizes, dtype=torch.float32).view(1, ANCHORS, 1) / stride
            scores.append(rows[..., :1].sigmoid().reshape(-1, 1))
            boxes.append((rows[..., 1:5].clamp(max=4.0).exp() * size / 2).reshape(-1, 4))
            landmarks.append((rows[..., 5:] * size).reshape(-1, 10))
        return [*scores, *boxes, *landmarks]


@dataclass(frozen=True)
class Sample:
    """A picture, its faces, and boxes of what does not count."""

    picture: Picture
    boxes: Floats
    landmarks: Floats
    ignored: Floats


@dataclass(frozen=True)
class Batch:
    """Samples together."""

    pictures: torch.Tensor
    samples: list[Sample]


@dataclass(frozen=True)
class Anchors:
    """All anchors of an input, in the order of the rows."""

    centres: torch.Tensor
    sizes: torch.Tensor
    strides: torch.Tensor

    @classmethod
    def of(cls, height: int, width: int, device: torch.device) -> "Anchors":
        """The anchors of an input: at the upper left corner of each cell, as SCRFD has them."""
        centres, sizes, strides = [], [], []
        for stride, both in zip(STRIDES, SIZES, strict=True):
            rows, columns = torch.meshgrid(
                torch.arange(height // stride, device=device),
                torch.arange(width // stride, device=device),
                indexing="ij",
            )
            corner = torch.stack([columns, rows], dim=-1).reshape(-1, 1, 2).expand(-1, ANCHORS, -1) * stride
            centres.append(corner.reshape(-1, 2).float())
            sizes.append(torch.tensor(both, device=device, dtype=torch.float32).repeat(rows.numel()))
            strides.append(torch.full((rows.numel() * ANCHORS,), float(stride), device=device))
        return cls(torch.cat(centres), torch.cat(sizes), torch.cat(strides))

    def boxes(self, rows: torch.Tensor) -> torch.Tensor:
        """Boxes [..., 4] of rows [..., 15]."""
        reach = rows[..., 1:5].clamp(max=4.0).exp() * self.sizes[:, None] / 2
        return torch.cat([self.centres - reach[..., :2], self.centres + reach[..., 2:]], dim=-1)

    def landmarks(self, rows: torch.Tensor) -> torch.Tensor:
        """Landmarks [..., 5, 2] of rows [..., 15]."""
        offsets = rows[..., 5:].unflatten(-1, (5, 2)) * self.sizes[:, None, None]
        return self.centres[:, None] + offsets

    def assign(self, boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Anchors that answer for faces [G, 4], and for which: those of about the face's size near its middle."""
        side = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt().clamp(SIZES[0][0], SIZES[-1][-1])
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        octaves = (self.sizes[None].log2() - side[:, None].log2()).abs()
        distance = (self.centres[None] - middles[:, None]).abs().amax(dim=2)
        # The distances to the sides are positive numbers, so that an anchor has to lie within its face.
        inside = (self.centres[None] > boxes[:, None, :2]) & (self.centres[None] < boxes[:, None, 2:])
        fits = (octaves <= 0.75) & (distance <= self.strides[None]) & inside.all(dim=2)
        # Each face has at least its nearest anchor of the best size.
        cost = distance / self.strides[None] + 4 * octaves.round() + 100 * ~inside.all(dim=2)
        fits[torch.arange(len(boxes), device=boxes.device), cost.argmin(dim=1)] = True
        # An anchor answers for the face whose middle is nearest.
        cells = fits.any(dim=0).nonzero().flatten()
        owner = torch.where(fits, distance, torch.inf)[:, cells].argmin(dim=0)
        return cells, owner


class Windows(Samples):
    """Windows around faces, around people, and anywhere; and portraits, for faces near the camera."""

    def __init__(self, frames: list[Frame], portraits: list[Portrait], seed: int, count: int) -> None:
        super().__init__(seed, count)
        self.frames = frames
        self.portraits = [portrait for portrait in portraits if portrait.face is not None]
        things = [(i, j) for i, frame in enumerate(frames) for j, t in enumerate(frame.things) if t.visibility > 0.2]
        self.faces = [(i, j) for i, j in things if _counts(frames[i].things[j].face)]
        self.people = [(i, j) for i, j in things if frames[i].things[j].kind == "person"]
        self.others = [(i, j) for i, j in things if frames[i].things[j].kind != "person"]

    def draw(self, rng: np.random.Generator, progress: float) -> Sample:
        """A window with the share of each kind fixed."""
        choice = rng.random()
        if choice < 0.15 and self.portraits:
            sample = self._portrait(rng)
        elif choice < 0.65 and self.faces:
            sample = self._face(rng)
        elif choice < 0.85 and self.people:
            sample = self._somebody(self.people, rng)
        else:
            sample = self._somebody(self.others or self.people, rng)
        if rng.random() < 0.5:
            width = sample.picture.shape[1]
            landmarks = sample.landmarks[:, MIRRORED_LANDMARKS] * np.array([-1, 1], np.float32)
            sample = Sample(
                np.ascontiguousarray(sample.picture[:, ::-1]),
                mirrored(sample.boxes, width),
                landmarks + np.array([width, 0], np.float32),
                mirrored(sample.ignored, width),
            )
        return replace(sample, picture=augment.as_camera(sample.picture, rng, CAMERA))

    def _face(self, rng: np.random.Generator) -> Sample:
        """A face, of a size that is as often small as large."""
        index, thing = self.faces[rng.integers(len(self.faces))]
        frame = self.frames[index]
        face = frame.things[thing].face
        assert face is not None, "only things with faces are listed"
        wanted = math.exp(rng.uniform(math.log(WIDTH_MIN), math.log(WINDOW * 0.7)))
        scale = min(wanted / max(face.width, 1.0), ENLARGED_MAX)
        return self._around(frame, face.box, scale, rng)

    def _somebody(self, places: list[tuple[int, int]], rng: np.random.Generator) -> Sample:
        """A thing, between smaller and as much enlarged as the re-ID service does: most of them show no face."""
        if not places:
            return self._around(self.frames[rng.integers(len(self.frames))], np.zeros(4, np.float32), 1.0, rng)
        index, thing = places[rng.integers(len(places))]
        frame = self.frames[index]
        return self._around(frame, frame.things[thing].box, math.exp(rng.uniform(math.log(0.4), math.log(ENLARGED_MAX))), rng)

    def _around(self, frame: Frame, box: Floats, scale: float, rng: np.random.Generator) -> Sample:
        left, top, right, bottom = box
        x, y = rng.uniform(-0.35, 0.35, 2) * WINDOW / scale
        window = Window.around(((left + right) / 2 + x, (top + bottom) / 2 + y), scale, WINDOW, WINDOW)
        return seen(frame, window, rng)

    def _portrait(self, rng: np.random.Generator) -> Sample:
        portrait = self.portraits[rng.integers(len(self.portraits))]
        face = portrait.face
        assert face is not None, "portraits without a face are left out"
        picture = cv2.imread(str(portrait.path))
        scale = math.exp(rng.uniform(math.log(20), math.log(WINDOW * 0.8))) / max(face.width, 1.0)
        middle = (picture.shape[1] / 2, picture.shape[0] / 2)
        window = Window.around(middle, scale, WINDOW, WINDOW)
        cut = window.cut(picture, int(rng.integers(256)), augment.interpolation(rng))
        return _sample(cut, [face], window)


def _counts(face: Face | None) -> bool:
    return face is not None and face.visibility >= VISIBILITY_MIN and abs(face.yaw) <= TURN_MAX


def seen(frame: Frame, window: Window, rng: np.random.Generator | None = None) -> Sample:
    """What a window sees of a frame; what lies beyond the picture is black, as in SCRFD."""
    interpolation = cv2.INTER_LINEAR if rng is None else augment.interpolation(rng)
    return _sample(window.read(frame.path, 0, interpolation), [t.face for t in frame.things if t.face], window)


def _sample(picture: Picture, faces: list[Face], window: Window) -> Sample:
    if not faces:
        nothing = np.zeros((0, 4), np.float32)
        return Sample(picture, nothing, np.zeros((0, 5, 2), np.float32), nothing)
    boxes, share = clip(window.boxes(np.stack([face.box for face in faces])), window.width, window.height)
    landmarks = window.points(np.stack([face.landmarks for face in faces]))
    width = boxes[:, 2] - boxes[:, 0]
    counts = np.array([_counts(face) for face in faces]) & (share >= 0.6) & (width >= WIDTH_MIN)
    ignored = ~counts & (areas(boxes) > 0)
    return Sample(picture, boxes[counts], landmarks[counts], boxes[ignored])


def collate(samples: list[Sample]) -> Batch:
    """Samples to a batch."""
    return Batch(torch.from_numpy(np.stack([sample.picture for sample in samples])), samples)


def losses(network: nn.Module, batch: Batch) -> Losses:
    """Of the scores (the overlap of the box, so that good boxes come first), the boxes and the landmarks."""
    device = next(network.parameters()).device
    rows = torch.cat(network(SCRFD.tensor(batch.pictures.to(device))), dim=1).float()
    with torch.autocast(device.type, enabled=False):
        anchors = Anchors.of(*batch.pictures.shape[1:3], device=device)
        wanted = torch.zeros(rows.shape[:2], device=device)
        weight = torch.ones_like(wanted)
        box_loss, landmark_loss = rows.sum() * 0.0, rows.sum() * 0.0
        answering = 0
        for index, sample in enumerate(batch.samples):
            if len(sample.ignored):
                ignored = torch.from_numpy(sample.ignored).to(device)
                centres = anchors.centres[:, None]
                hidden = (centres > ignored[None, :, :2]) & (centres < ignored[None, :, 2:])
                weight[index][hidden.all(dim=2).any(dim=1)] = 0.0
            if not len(sample.boxes):
                continue
            truth = torch.from_numpy(sample.boxes).float().to(device)
            points = torch.from_numpy(sample.landmarks).float().to(device)
            cells, faces = anchors.assign(truth)
            answering += len(cells)
            boxes = anchors.boxes(rows[index])[cells]
            box_loss = box_loss + complete_box_iou_loss(boxes, truth[faces], reduction="sum")
            overlap = torchvision.ops.box_iou(boxes.detach(), truth).gather(1, faces[:, None])[:, 0]
            wanted[index, cells] = overlap.clamp(min=0.3)
            weight[index, cells] = 1.0
            size = (truth[faces, 2:] - truth[faces, :2]).prod(dim=1).sqrt()[:, None, None]
            error = (anchors.landmarks(rows[index])[cells] - points[faces]) / size
            landmark_loss = landmark_loss + functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.05, reduction="sum")
        score = rows[..., 0]
        # Quality focal loss (Li et al. 2020): cells that are right already say little.
        focus = (score.sigmoid() - wanted).abs().square()
        entropy = functional.binary_cross_entropy_with_logits(score, wanted, reduction="none")
        score_loss = (entropy * focus.detach() * weight).sum()
    count = max(answering, 1)
    return {"score": 2 * score_loss / count, "box": 2 * box_loss / count, "landmarks": landmark_loss / count}


@dataclass(frozen=True)
class Faces:
    """What was found in a picture, best first."""

    boxes: Floats
    scores: Floats
    landmarks: Floats


def find(network: nn.Module, picture: Picture) -> Faces:
    """Faces of a picture with sides that are multiples of 32."""
    device = next(network.parameters()).device
    with torch.no_grad():
        rows = torch.cat(network(SCRFD.tensor(torch.from_numpy(picture)[None].to(device))), dim=1)[0].float().cpu()
    anchors = Anchors.of(*picture.shape[:2], device=torch.device("cpu"))
    scores, boxes, landmarks = rows[:, 0].sigmoid(), anchors.boxes(rows), anchors.landmarks(rows)
    kept = (scores > 0.02).nonzero().flatten()
    order = kept[torchvision.ops.nms(boxes[kept], scores[kept], SUPPRESSION)]
    return Faces(boxes[order].numpy(), scores[order].numpy(), landmarks[order].numpy())


def views(frame: Frame) -> list[Window]:
    """What the re-ID service looks at: the upper part of each person, with a margin, brought to the side `REGION`."""
    windows = []
    for thing in frame.things:
        if thing.kind == "person" and thing.visibility >= 0.5:
            left, top, right, bottom = thing.box
            reach = max(right - left, (bottom - top) * 0.45) * 0.65
            scale = min(REGION / (2 * reach), ENLARGED_MAX)
            windows.append(Window.around(((left + right) / 2, top + reach * 0.8), scale, REGION, REGION))
    return windows


def figures(network: nn.Module, frames: list[Frame]) -> list[card.Figure]:
    """Recall by size, average precision, wrong faces, and how far off the landmarks are."""
    found: list[Found] = []
    widths, hits, errors, wrong = [], [], [], 0
    for frame in frames:
        for window in views(frame):
            scale = window.width / window.source_width
            sample = _wide_enough(seen(frame, window), scale)
            faces = find(network, sample.picture)
            sure = faces.scores >= SCORE
            nought = [np.zeros(len(boxes), np.int64) for boxes in (faces.boxes, sample.boxes, sample.ignored)]
            one = Found(faces.boxes, faces.scores, nought[0], sample.boxes, nought[1], sample.ignored, nought[2])
            found.append(one)
            widths.extend((sample.boxes[:, 2] - sample.boxes[:, 0]) / scale)
            # The other way round, each truth asks whether it was hit.
            hit = matches(sample.boxes, faces.boxes[sure])
            hits.extend(hit)
            clear = faces.boxes[sure][~matches(faces.boxes[sure], np.concatenate([sample.boxes, sample.ignored]))]
            wrong += len(clear)
            errors.extend(_landmark_errors(sample, faces, WIDTH_PROMISED * scale))
    width, hit = np.asarray(widths), np.asarray(hits, bool)
    rows = []
    for least, most, promised in (
        (WIDTH_PROMISED, math.inf, 0.95),
        (10, 16, None),
        (16, 24, None),
        (24, 48, None),
        (48, math.inf, None),
    ):
        these = (width >= least) & (width < most)
        if these.any():
            name = f"of {least:g} px and more" if most == math.inf else f"of {least:g} to {most:g} px"
            rows.append(card.Figure(f"recall of faces {name} ({these.sum()})", float(hit[these].mean()), least=promised))
    rows.append(card.Figure(f"wrong faces for each of {len(found)} people, at score {SCORE}", wrong / max(len(found), 1)))
    rows.append(card.Figure("AP50, all sizes", precision_of_class(found, 0, SCORE).average))
    if errors:
        rows.append(card.Figure("landmark error, share of the face's width, mean", float(np.mean(errors))))
        rows.append(card.Figure("landmark error, 95 %", float(np.quantile(errors, 0.95))))
    return rows


def _wide_enough(sample: Sample, scale: float) -> Sample:
    """Faces that only the enlargement has made wide enough to count do not count."""
    counts = sample.boxes[:, 2] - sample.boxes[:, 0] >= WIDTH_MIN * scale
    ignored = np.concatenate([sample.ignored, sample.boxes[~counts]])
    return replace(sample, boxes=sample.boxes[counts], landmarks=sample.landmarks[counts], ignored=ignored)


def _landmark_errors(sample: Sample, faces: Faces, width_min: float) -> list[float]:
    """For each face at least this wide that was found, its landmarks' mean distance from the truth."""
    errors = []
    for box, truth in zip(sample.boxes, sample.landmarks, strict=True):
        width = box[2] - box[0]
        for candidate, points in zip(faces.boxes, faces.landmarks, strict=True):
            if width >= width_min and matches(box[None], candidate[None])[0]:
                errors.append(float(np.linalg.norm(points - truth, axis=1).mean() / width))
                break
    return errors


def main() -> None:
    """Trains, measures, exports."""
    job = Job.from_command_line("iris-face-detector", __doc__ or "", "training.face_detector")
    train, held_out = (read_frames(job.data / "frames" / part) for part in ("train", "held-out"))
    portraits = read_portraits(job.data / "faces" / "train")
    course = job.course(samples=400_000, batch=24, rate=2e-3)
    windows = Windows(train, portraits, job.seed, course.samples)
    network = fit(FaceDetector(), losses, windows, collate, course, job, per_batch=course.batch)
    measured = figures(network, held_out)
    exported = export(
        Exportable(network),
        job.out / f"{job.name}.onnx",
        example=torch.rand(1, 3, 640, 640) * 2 - 1,
        inputs="input.1",
        # The names of InsightFace's own export, by which some readers look for them.
        outputs=["443", "468", "493", "446", "471", "496", "449", "474", "499"],
        dynamic={2: "height", 3: "width"},
        metadata={},
    )
    counts = {"training frames": len(train), "portraits": len(portraits), "held-out frames": len(held_out)}
    card.write(job, course, TEXT, exported, measured, counts)


TEXT = card.Text(
    title="Iris face detector",
    purpose="Finds faces and their five landmarks in pictures of the demo world.",
    contract=(
        "Family `scrfd`. Input `input.1` [1, 3, H, W], H and W multiples of 32: RGB, (x - 127.5) / 128, aspect kept, at the "
        "top left of a black field.",
        "Nine outputs: scores [A, 1], boxes [A, 4], landmarks [A, 10] for strides 8, 16, 32 with two anchors a cell; left, "
        "top, right, bottom and landmarks from the upper left corner of the cell, in strides.",
    ),
    limits=(
        f"Faces turned by more than {math.degrees(TURN_MAX):.0f} degrees, hidden by half or more, or narrower than "
        f"{WIDTH_MIN:.0f} px count neither as missed nor as wrong.",
        f"Measured on the upper parts of people, brought to {REGION} px as the re-ID service does; widths are in pixels of the "
        "camera's picture.",
    ),
)


if __name__ == "__main__":
    main()
