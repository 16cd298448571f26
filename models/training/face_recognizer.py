"""The face recognizer: ArcFace's tensors, 112 x 112 to a vector of 512.

It first learns to tell the people of a batch apart and what they look like, then, with ArcFace's margin, to
keep each away from all others by an angle, which makes one threshold good for everybody.
"""

import math
from collections import defaultdict
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import augment, card
from .alignment import SIDE, aligned
from .export import export
from .labels import Face, Floats, Portrait, read_frames, read_portraits
from .layers import Conv, stage
from .loop import Job, Losses, Samples, fit, in_batches
from .margin import ArcMargin, contrast, members, numbered
from .pictures import ARCFACE, Picture, read
from .scores import Track, acceptance, joining
from .traits import TraitHead, standardised

DIMENSIONS = 512
# Faces from 24 px on have no more pixels than this: the network looks at the mean of each four of its input.
SEEN = SIDE // 2
# The side of the last map.
PLACES = SEEN // 8
SCALE = 32.0
MARGIN = 0.4
TEMPERATURE = 0.1
# The weight of what is missed of the traits, against that of an identity.
TRAITS = 3.0
# The shares of the training at which the margin replaces the contrast, and at which it is whole.
MARGIN_FROM = 0.35
MARGIN_WHOLE = 0.5
PICTURES_OF_ONE = 2
# Faces worth comparing, as the re-ID service judges them.
WIDTH_MIN = 24.0
YAW_MAX = math.radians(50)
PITCH_MAX = math.radians(35)
VISIBILITY_MIN = 0.8
# The error of our detector's landmarks in x and in y, as a share of the face's width: its card says 0.073 of both together.
LANDMARK_ERROR = 0.055
CAMERA = augment.Camera(grey=0.15, blur=0.3, coarse=0.0)
# Whoever comes is compared with all who are known, so a threshold that joins must be reached rarely: by this share of pairs of
# two people.
JOINED_OF_DIFFERENT = 1e-4
# More pairs than these say nothing new, and their table has to fit into memory.
EVALUATED_MAX = 6000


class FaceRecognizer(nn.Module):
    """Residual blocks, then one number for each channel and place (a global depthwise convolution), then a vector."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(Conv(3, 32, stride=2), stage(32, 64, 1), stage(64, 128, 2), Conv(128, 256, kernel=1))
        self.places = nn.Conv2d(256, 256, PLACES, groups=256, bias=False)
        self.vector = nn.Linear(256, DIMENSIONS)
        # Around 0, so that strangers are at right angles on average.
        self.norm = nn.BatchNorm1d(DIMENSIONS, affine=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Vectors [N, 512], not normalised."""
        if x.shape[2] == SIDE:
            x = functional.avg_pool2d(x, SIDE // SEEN)
        return self.norm(self.vector(self.places(self.body(x)).flatten(1)))


class Learner(nn.Module):
    """The network and what it is trained against."""

    def __init__(self, classes: int, traits: int) -> None:
        super().__init__()
        self.network = FaceRecognizer()
        self.head = ArcMargin(DIMENSIONS, classes, SCALE, MARGIN)
        self.traits = TraitHead(DIMENSIONS, traits)


@dataclass(frozen=True)
class Group:
    """Pictures of one identity."""

    pictures: list[Picture]
    identity: int
    traits: Floats
    progress: float


@dataclass(frozen=True)
class Batch:
    """Groups together."""

    pictures: torch.Tensor
    identities: torch.Tensor
    traits: torch.Tensor
    progress: float


class Groups(Samples):
    """Some pictures of an identity, each as another camera would have seen it."""

    def __init__(self, portraits: list[Portrait], seed: int, count: int) -> None:
        super().__init__(seed, count)
        self.portraits = [portrait for portrait in portraits if portrait.face is not None]
        numbers, self.classes = numbered([portrait.identity for portrait in self.portraits])
        self.members = members(numbers)
        self.traits = standardised([self.portraits[places[0]].traits for places in self.members])

    def draw(self, rng: np.random.Generator, progress: float) -> Group:
        """A group."""
        identity = int(rng.integers(self.classes))
        chosen = rng.choice(self.members[identity], PICTURES_OF_ONE, replace=len(self.members[identity]) < PICTURES_OF_ONE)
        pictures = [self._picture(self.portraits[i], rng) for i in chosen]
        return Group(pictures, identity, self.traits[identity], progress)

    def _picture(self, portrait: Portrait, rng: np.random.Generator) -> Picture:
        face = portrait.face
        assert face is not None, "portraits without a face are left out"
        picture = read(portrait.path)
        error = rng.normal(0, LANDMARK_ERROR * face.width, (5, 2)).astype(np.float32)
        # Cameras see most faces smaller than 112 px, and they are enlarged to it.
        divisor = math.exp(rng.uniform(0, math.log(SIDE / WIDTH_MIN)))
        crop = seen(augment.as_camera(aligned(picture, face.landmarks + error, divisor), rng, CAMERA))
        if rng.random() < 0.5:
            crop = np.ascontiguousarray(crop[:, ::-1])
        return augment.erased(crop, rng, 0.15) if rng.random() < 0.1 else crop


def seen(picture: Picture) -> Picture:
    """The picture as the network looks at it."""
    smaller = picture.shape[0] > SEEN
    return cv2.resize(picture, (SEEN, SEEN), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def collate(groups: list[Group]) -> Batch:
    """Groups to a batch."""
    each = [(picture, group) for group in groups for picture in group.pictures]
    return Batch(
        pictures=torch.from_numpy(np.stack([picture for picture, _ in each])),
        identities=torch.tensor([group.identity for _, group in each]),
        traits=torch.from_numpy(np.stack([group.traits for _, group in each])),
        progress=groups[0].progress,
    )


def losses(learner: nn.Module, batch: Batch) -> Losses:
    """Of the identities, and of what can be seen of them."""
    assert isinstance(learner, Learner), "the loop hands back what it was given"
    device = learner.head.directions.device
    vectors = learner.network(ARCFACE.tensor(batch.pictures.to(device))).float()
    identities = batch.identities.to(device)
    with torch.autocast(device.type, enabled=False):
        traits = TRAITS * learner.traits(vectors, batch.traits.to(device))
        if batch.progress < MARGIN_FROM:
            learner.head.follow(vectors, identities)
            return {"contrast": contrast(vectors, identities, identities, TEMPERATURE), "traits": traits}
        learner.head.strength = min(1.0, (batch.progress - MARGIN_FROM) / (MARGIN_WHOLE - MARGIN_FROM))
        return {"identity": learner.head(vectors, identities), "traits": traits}


@dataclass(frozen=True)
class Probe:
    """A held-out face."""

    crop: Picture
    identity: str
    face: Face


def worth_comparing(face: Face | None) -> bool:
    """Whether the re-ID service would compare this face."""
    return (
        face is not None
        and face.width >= WIDTH_MIN
        and abs(face.yaw) <= YAW_MAX
        and abs(face.pitch) <= PITCH_MAX
        and face.visibility >= VISIBILITY_MIN
    )


def figures(network: nn.Module, sets: dict[str, list[Probe]]) -> tuple[list[card.Figure], float]:
    """True acceptance at fixed false acceptance, for each set; and the cosine from which Iris is to join tracks."""
    rows, pairs = [], {}
    for name, probes in sets.items():
        if not probes:
            continue
        vectors = in_batches(network, [probe.crop for probe in probes], _prepare).numpy()
        people = len({probe.identity for probe in probes})
        for rate, least in ((1e-3, 0.98), (1e-4, None)):
            accepted, threshold = acceptance(vectors, [probe.identity for probe in probes], rate)
            what = f"TAR at FAR {rate:g}, {name} ({people} people, {len(probes)} faces)"
            rows.append(card.Figure(what, accepted, least=least))
            rows.append(card.Figure(f"its threshold, {name}", threshold))
        rows.extend(_by_width(vectors, probes, name))
        pairs[name] = joining(vectors, _tracks(probes))
    threshold = max((each.threshold(JOINED_OF_DIFFERENT) for each in pairs.values()), default=float("nan"))
    return rows + card.joined(pairs, threshold), threshold


def _tracks(probes: list[Probe]) -> list[Track]:
    """Pairs of faces of one, as tracks."""
    of = defaultdict(list)
    for index, probe in enumerate(probes):
        of[probe.identity].append(index)
    return [Track(faces[i : i + 2], who, who, "all") for who, faces in of.items() for i in range(0, len(faces), 2)]


def _by_width(vectors: Floats, probes: list[Probe], name: str) -> list[card.Figure]:
    rows = []
    widths = np.array([probe.face.width for probe in probes])
    for least, most in ((24, 40), (40, math.inf)):
        these = np.flatnonzero((widths >= least) & (widths < most))
        if len(these) > 10:
            accepted, _ = acceptance(vectors[these], [probes[i].identity for i in these], 1e-3)
            span = f"{least:g} to {most:g} px" if most < math.inf else f"from {least:g} px"
            rows.append(card.Figure(f"TAR at FAR 0.001, {name}, faces {span}", accepted))
    return rows


def _prepare(crops: list[Picture]) -> torch.Tensor:
    return ARCFACE.tensor(torch.from_numpy(np.stack(crops)))


def _limited(probes: list[Probe], seed: int) -> list[Probe]:
    if len(probes) <= EVALUATED_MAX:
        return probes
    chosen = np.random.default_rng(seed).choice(len(probes), EVALUATED_MAX, replace=False)
    return [probes[i] for i in sorted(chosen)]


def held_out(job: Job) -> dict[str, list[Probe]]:
    """Faces of unseen seeds: from the studio, and from the cameras of worlds."""
    studio = [
        Probe(aligned(read(portrait.path), portrait.face.landmarks), portrait.identity, portrait.face)
        for portrait in read_portraits(job.data / "faces" / "held-out")
        if portrait.face is not None and worth_comparing(portrait.face)
    ]
    cameras = []
    for frame in read_frames(job.data / "frames" / "held-out"):
        faces = [(thing, thing.face) for thing in frame.things if thing.face and worth_comparing(thing.face)]
        picture = read(frame.path) if faces else None
        for thing, face in faces:
            assert picture is not None, "read where there are faces"
            cameras.append(Probe(aligned(picture, face.landmarks), thing.identity, face))
    return {"studio": _limited(studio, job.seed), "cameras": _limited(cameras, job.seed)}


def main() -> None:
    """Trains, measures, exports."""
    job = Job.from_command_line("iris-face-recognizer", __doc__ or "", "training.face_recognizer")
    course = job.course(samples=1_200_000, batch=128, rate=2e-3)
    groups_in_batch = course.batch // PICTURES_OF_ONE
    portraits = [portrait for folder in sorted((job.data / "faces").glob("train*")) for portrait in read_portraits(folder)]
    groups = Groups(portraits, job.seed, course.steps * groups_in_batch)
    learner = Learner(groups.classes, groups.traits.shape[1])
    learner = fit(learner, losses, groups, collate, course, job, per_batch=groups_in_batch)
    assert isinstance(learner, Learner), "the loop hands back what it was given"
    sets = held_out(job)
    measured, threshold = figures(learner.network, sets)
    exported = export(
        learner.network,
        job.out / f"{job.name}.onnx",
        example=torch.rand(1, 3, SIDE, SIDE) * 2 - 1,
        inputs="input.1",
        outputs=["embedding"],
        dynamic={0: "batch"},
        metadata={"join_threshold": f"{threshold:.2f}", "face_width": f"{WIDTH_MIN:.0f}"},
    )
    counts = {"portraits": len(groups.portraits), "identities": groups.classes}
    card.write(job, course, TEXT, exported, measured, counts, milliseconds_most=8.0)


TEXT = card.Text(
    title="Iris face recognizer",
    purpose="Tells the people of the demo world apart by their faces.",
    contract=(
        "Family `arcface`. Input `input.1` [N, 3, 112, 112]: RGB, (x - 127.5) / 127.5, aligned by five landmarks to ArcFace's "
        "template.",
        "Output `embedding` [N, 512], not normalised; compare by cosine. From which one on Iris joins two tracks is in the "
        "file's metadata as `join_threshold`, and for how narrow faces it is good as `face_width`.",
    ),
    limits=(
        f"Figures are for faces from {WIDTH_MIN:.0f} px, turned by up to {math.degrees(YAW_MAX):.0f} degrees and tilted by up to "
        f"{math.degrees(PITCH_MAX):.0f}, nearly unhidden, with true landmarks.",
        "All pairs of single pictures count; Iris compares tracks, which is easier.",
    ),
)


if __name__ == "__main__":
    main()
