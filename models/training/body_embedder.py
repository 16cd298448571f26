"""The body embedder: OSNet's tensors, 256 x 128 to a vector of 512 that tells people apart by what they wear.

A person in other clothes is another look. Bodies come from the studio and from whole pictures of cameras. From small pictures the
network first learns to tell the looks of a batch apart and what people wear, then, with ArcFace's margin, to keep each look away
from all others by an angle, which makes one threshold good for everybody.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import augment, card
from .export import export
from .labels import Floats, Frame, Portrait, Thing, read_frames, read_portraits
from .layers import Conv, stage
from .loop import Job, Losses, Samples, fit, in_batches
from .margin import ArcMargin, contrast, members, numbered
from .pictures import IMAGENET, Picture, Window, read
from .scores import Track, joining, rank_one
from .traits import TraitHead, standardised

HEIGHT, WIDTH = 256, 128
DIMENSIONS = 512
STRIPES = 4
# Of the last map.
CHANNELS = 160
PICTURES_OF_ONE = 4
TEMPERATURE = 0.1
SCALE = 32.0
MARGIN = 0.3
# The shares of the training at which the margin replaces the contrast, and at which it is whole.
MARGIN_FROM = 0.4
MARGIN_WHOLE = 0.55
# The weight of what is missed of the traits, against that of a look.
TRAITS = 3.0
# Most bodies have no more pixels than this: the network looks at the mean of each four of its input.
SEEN = (HEIGHT // 2, WIDTH // 2)
# Until then pictures are half of that, a quarter of the work: colours are learnt from small pictures as well.
HALVED_UNTIL = 0.4
DAY_S = 86_400.0
# Bodies worth comparing, as the re-ID service judges them.
HEIGHT_MIN = 64.0
VISIBILITY_MIN = 0.7
# Whoever comes is compared with everybody of the last hours, so a threshold that joins must be reached rarely: by this share of
# pairs of two people. One who is two can be merged with a glance, two who are one are harder to see.
JOINED_OF_DIFFERENT = 5e-4
CAMERA = augment.Camera(exposure=0.25, white_balance=0.06, grey=0.1, blur=0.25, coarse=0.0)


class BodyEmbedder(nn.Module):
    """Residual blocks; then the mean of each of four stripes from head to foot, beside the strongest of the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Conv(3, 32, stride=2),
            stage(32, 64, 2, narrow=True),
            stage(64, 96, 2),
            stage(96, CHANNELS, 2),
        )
        self.vector = nn.Linear(CHANNELS * (STRIPES + 1), DIMENSIONS)
        # Around 0, so that strangers are at right angles on average.
        self.norm = nn.BatchNorm1d(DIMENSIONS, affine=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Vectors [N, 512], not normalised."""
        if x.shape[2] == HEIGHT:
            x = functional.avg_pool2d(x, HEIGHT // SEEN[0])
        features = self.body(x)
        rows = features.mean(dim=3)
        stripes = rows.unflatten(2, (STRIPES, rows.shape[2] // STRIPES)).mean(dim=3)
        whole = features.amax(dim=(2, 3))
        return self.norm(self.vector(torch.cat([stripes.flatten(1), whole], dim=1)))


class Learner(nn.Module):
    """The network and what it is trained against."""

    def __init__(self, looks: int, traits: int) -> None:
        super().__init__()
        self.network = BodyEmbedder()
        self.head = ArcMargin(DIMENSIONS, looks, SCALE, MARGIN)
        self.traits = TraitHead(DIMENSIONS, traits)


@dataclass(frozen=True)
class Body:
    """Somebody in some clothes: a file of the studio, or pixels cut out of a frame, which is too large to read each time."""

    picture: Path | Picture
    person: str
    outfit: int
    traits: Floats | None

    def read(self) -> Picture:
        """The body's pixels."""
        return read(self.picture) if isinstance(self.picture, Path) else self.picture


def bodies(portraits: list[Portrait], frames: list[Frame]) -> list[Body]:
    """All bodies of looks that are seen more than once."""
    together = [Body(portrait.path, portrait.identity, portrait.outfit, portrait.traits) for portrait in portraits]
    for frame in frames:
        found = [thing for thing in frame.things if worth_comparing(thing)]
        picture = read(frame.path) if found else None
        for thing in found:
            assert picture is not None, "read where there are bodies"
            left, top, right, bottom = (max(0, round(float(side))) for side in thing.box)
            # The people of a world are those of the studio with its seed.
            person = thing.identity.replace("/person/", "/")
            together.append(Body(picture[top:bottom, left:right].copy(), person, thing.outfit, None))
    often = Counter((body.person, body.outfit) for body in together)
    return [body for body in together if often[body.person, body.outfit] > 1]


def worth_comparing(thing: Thing) -> bool:
    """Whether the re-ID service would compare this body."""
    whole = thing.visibility >= VISIBILITY_MIN and not thing.cut
    return thing.kind == "person" and whole and thing.box[3] - thing.box[1] >= HEIGHT_MIN


@dataclass(frozen=True)
class Group:
    """Pictures of one look of one person."""

    pictures: list[Picture]
    look: int
    person: int
    traits: Floats
    progress: float


@dataclass(frozen=True)
class Batch:
    """Groups together."""

    pictures: torch.Tensor
    looks: torch.Tensor
    people: torch.Tensor
    traits: torch.Tensor
    progress: float


def _known(traits: Iterable[Floats | None]) -> Floats | None:
    """The same somebody: those of whichever picture says them."""
    return next((each for each in traits if each is not None), None)


class Groups(Samples):
    """Some pictures of a look, each as another camera would have seen it."""

    def __init__(self, bodies: list[Body], seed: int, count: int) -> None:
        super().__init__(seed, count)
        self.bodies = bodies
        looks, self.looks = numbered([(body.person, body.outfit) for body in bodies])
        people, self.people = numbered([body.person for body in bodies])
        self.members = members(looks)
        self.person = [people[places[0]] for places in self.members]
        self.traits = standardised([_known(bodies[place].traits for place in places) for places in self.members])

    def draw(self, rng: np.random.Generator, progress: float) -> Group:
        """A group."""
        look = int(rng.integers(self.looks))
        places = self.members[look]
        chosen = rng.choice(places, PICTURES_OF_ONE, replace=len(places) < PICTURES_OF_ONE)
        height, width = SEEN
        size = (width // 2, height // 2) if progress < HALVED_UNTIL else (width, height)
        pictures = [scaled(_seen(self.bodies[i].read(), rng), size) for i in chosen]
        return Group(pictures, look, self.person[look], self.traits[look], progress)


def _seen(picture: Picture, rng: np.random.Generator) -> Picture:
    """A crop as a detector and a camera would have made it: not quite around the body, smaller, behind things."""
    height, width = picture.shape[:2]
    left, right = rng.normal(0, 0.05, 2) * width
    top, bottom = rng.normal(0, 0.04, 2) * height
    if rng.random() < 0.12:
        # Legs behind a car, or below the picture's edge.
        bottom -= height * rng.uniform(0.1, 0.4)
    picture = crop(picture, (left, top, width + right, height + bottom), augment.interpolation(rng))
    divisor = math.exp(rng.uniform(0, math.log(HEIGHT / HEIGHT_MIN)))
    small = cv2.resize(picture, (round(WIDTH / divisor), round(HEIGHT / divisor)), interpolation=cv2.INTER_AREA)
    picture = cv2.resize(augment.as_camera(small, rng, CAMERA), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        picture = np.ascontiguousarray(picture[:, ::-1])
    return augment.erased(picture, rng) if rng.random() < 0.3 else picture


def crop(picture: Picture, box: tuple[float, float, float, float], interpolation: int = cv2.INTER_LINEAR) -> Picture:
    """A box of a picture, stretched to the network's input; where it reaches beyond, the edge goes on."""
    height, width = picture.shape[:2]
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = max(left + 2, min(width, round(box[2]))), max(top + 2, min(height, round(box[3])))
    window = Window(left, top, right - left, bottom - top, WIDTH, HEIGHT)
    return window.cut(picture, 0, interpolation)


def scaled(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture in that width and height."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def collate(groups: list[Group]) -> Batch:
    """Groups to a batch, all in the size of the first: within a batch the size may change."""
    height, width = groups[0].pictures[0].shape[:2]
    each = [(scaled(picture, (width, height)), group) for group in groups for picture in group.pictures]
    return Batch(
        pictures=torch.from_numpy(np.stack([picture for picture, _ in each])),
        looks=torch.tensor([group.look for _, group in each]),
        people=torch.tensor([group.person for _, group in each]),
        traits=torch.from_numpy(np.stack([group.traits for _, group in each])),
        progress=groups[0].progress,
    )


def losses(learner: nn.Module, batch: Batch) -> Losses:
    """Of the looks, and of what can be seen of them."""
    assert isinstance(learner, Learner), "the loop hands back what it was given"
    device = learner.head.directions.device
    vectors = learner.network(IMAGENET.tensor(batch.pictures.to(device))).float()
    looks = batch.looks.to(device)
    with torch.autocast(device.type, enabled=False):
        traits = TRAITS * learner.traits(vectors, batch.traits.to(device))
        if batch.progress < MARGIN_FROM:
            learner.head.follow(vectors, looks)
            return {"contrast": contrast(vectors, looks, batch.people.to(device), TEMPERATURE), "traits": traits}
        learner.head.strength = min(1.0, (batch.progress - MARGIN_FROM) / (MARGIN_WHOLE - MARGIN_FROM))
        return {"look": learner.head(vectors, looks), "traits": traits}


@dataclass(frozen=True)
class Probe:
    """A held-out body: `view` is what a query may not share with its answer, `group` is what it is looked for in."""

    crop: Picture
    look: str
    view: str
    group: str


def held_out(job: Job) -> dict[str, list[Probe]]:
    """Bodies of unseen seeds: from the studio, and from the cameras of worlds within a day."""
    studio = [
        Probe(crop(picture, (0, 0, picture.shape[1], picture.shape[0])), f"{p.identity}/{p.outfit}", str(p.view), "studio")
        for p in read_portraits(job.data / "bodies" / "held-out")
        for picture in [read(p.path)]
    ]
    cameras = []
    for frame in read_frames(job.data / "frames" / "held-out"):
        found = [thing for thing in frame.things if worth_comparing(thing)]
        picture = read(frame.path) if found else None
        for body in found:
            assert picture is not None, "read where there are bodies"
            look, day = f"{body.identity}/{body.outfit}", f"{frame.seed}/{int(frame.time // DAY_S)}"
            cameras.append(Probe(crop(picture, tuple(body.box)), look, frame.camera, day))
    return {"studio": studio, "cameras": cameras}


def figures(network: nn.Module, sets: dict[str, list[Probe]]) -> tuple[list[card.Figure], float]:
    """Rank-1 and mean average precision, for each set; and the cosine from which Iris is to join tracks."""
    rows, pairs = [], {}
    for name, probes in sets.items():
        if not probes:
            continue
        vectors = in_batches(network, [probe.crop for probe in probes], _prepare).numpy()
        first, average, queries = rank_one(vectors, [p.look for p in probes], [p.view for p in probes], [p.group for p in probes])
        looks = len({probe.look for probe in probes})
        what = f"{name}, from another view ({looks} looks, {queries} queries)"
        rows.append(card.Figure(f"rank-1, {what}", first, least=0.95))
        rows.append(card.Figure(f"mean average precision, {name}", average))
        pairs[name] = joining(vectors, _tracks(probes))
    # What the cameras see decides: the studio's light is another one for each view.
    decisive = pairs.get("cameras") or pairs.get("studio")
    threshold = decisive.threshold(JOINED_OF_DIFFERENT) if decisive else float("nan")
    return rows + card.joined(pairs, threshold), threshold


def _tracks(probes: list[Probe]) -> list[Track]:
    """The pictures of a look from one view, as tracks."""
    of = defaultdict(list)
    for index, probe in enumerate(probes):
        of[probe.group, probe.look, probe.view].append(index)
    return [Track(pictures, look, look.rsplit("/", 1)[0], group) for (group, look, _), pictures in of.items()]


def _prepare(crops: list[Picture]) -> torch.Tensor:
    return IMAGENET.tensor(torch.from_numpy(np.stack(crops)))


def main() -> None:
    """Trains, measures, exports."""
    job = Job.from_command_line("iris-body-embedder", __doc__ or "", "training.body_embedder")
    course = job.course(samples=1_600_000, batch=128, rate=2e-3)
    groups_in_batch = course.batch // PICTURES_OF_ONE
    portraits = [portrait for folder in sorted((job.data / "bodies").glob("train*")) for portrait in read_portraits(folder)]
    train = bodies(portraits, read_frames(job.data / "frames" / "train"))
    groups = Groups(train, job.seed, course.steps * groups_in_batch)
    learner = Learner(groups.looks, groups.traits.shape[1])
    learner = fit(learner, losses, groups, collate, course, job, per_batch=groups_in_batch)
    assert isinstance(learner, Learner), "the loop hands back what it was given"
    measured, threshold = figures(learner.network, held_out(job))
    exported = export(
        learner.network,
        job.out / f"{job.name}.onnx",
        example=torch.randn(1, 3, HEIGHT, WIDTH),
        inputs="input",
        outputs=["output"],
        dynamic={0: "batch"},
        metadata={"join_threshold": f"{threshold:.2f}"},
    )
    counts = {"pictures": len(groups.bodies), "looks": groups.looks, "people": groups.people}
    card.write(job, course, TEXT, exported, measured, counts, milliseconds_most=8.0)


TEXT = card.Text(
    title="Iris body embedder",
    purpose="Tells the people of the demo world apart by their bodies and clothes, from camera to camera within a day.",
    contract=(
        "Family `osnet`. Input `input` [N, 3, 256, 128]: RGB / 255, ImageNet's mean and deviation, the box stretched.",
        "Output `output` [N, 512], not normalised; compare by cosine. From which one on Iris joins two tracks is in the file's "
        "metadata as `join_threshold`.",
    ),
    limits=(
        "Other clothes are another vector. People who dress alike are told apart by build, hair and skin only.",
        f"Figures are for bodies from {HEIGHT_MIN:.0f} px, whole in the picture and at most {1 - VISIBILITY_MIN:.0%} hidden, "
        "with true boxes; cameras: each picture against those of the other cameras on the same day.",
    ),
)


if __name__ == "__main__":
    main()
