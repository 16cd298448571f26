"""What colour a vehicle is and of what type: two sets of logits for a crop of 128 x 128."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import augment, card
from .export import export
from .labels import Portrait, read_portraits
from .layers import Conv, stage
from .loop import Job, Losses, Samples, fit
from .pictures import IMAGENET, Picture, Window, read

SIDE = 128
COLOURS = ("white", "black", "grey", "silver", "red", "blue", "green", "yellow", "orange", "brown")
TYPES = ("sedan", "hatchback", "suv", "van", "pickup")
# Hardly any change of colour: it is what is asked for.
CAMERA = augment.Camera(exposure=0.15, white_balance=0.03, grey=0.0)


class VehicleAttributes(nn.Module):
    """Residual blocks; colour looks at the mean of the picture's parts, type at the strongest of them as well."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Conv(3, 16, stride=2),
            stage(16, 32, 1, narrow=True),
            stage(32, 48, 1, narrow=True),
            stage(48, 64, 1, narrow=True),
            stage(64, 96, 1, narrow=True),
        )
        self.colour_head = nn.Linear(2 * 96, len(COLOURS))
        self.type_head = nn.Linear(2 * 96, len(TYPES))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of colours [N, 10] and types [N, 5]."""
        features = self.body(x)
        summary = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return self.colour_head(summary), self.type_head(summary)


@dataclass(frozen=True)
class Sample:
    """A crop, and the numbers of its colour and type."""

    picture: Picture
    colour: int
    type: int


@dataclass(frozen=True)
class Batch:
    """Samples together."""

    pictures: torch.Tensor
    colours: torch.Tensor
    types: torch.Tensor


class Crops(Samples):
    """Crops of vehicles, as a detector and a camera would have made them."""

    def __init__(self, portraits: list[Portrait], seed: int, count: int) -> None:
        super().__init__(seed, count)
        self.portraits = portraits

    def draw(self, rng: np.random.Generator, progress: float) -> Sample:
        """A crop."""
        portrait = self.portraits[rng.integers(len(self.portraits))]
        picture = read(portrait.path)
        height, width = picture.shape[:2]
        inset = np.clip(rng.normal(0, 0.04, 4), -0.08, 0.15) * (width, height, width, height)
        left, top = round(inset[0]), round(inset[1])
        right, bottom = round(width - inset[2]), round(height - inset[3])
        window = Window(left, top, right - left, bottom - top, SIDE, SIDE)
        crop = augment.as_camera(window.cut(picture, int(rng.integers(256)), augment.interpolation(rng)), rng, CAMERA)
        if rng.random() < 0.5:
            crop = np.ascontiguousarray(crop[:, ::-1])
        if rng.random() < 0.2:
            crop = augment.erased(crop, rng)
        return _labelled(crop, portrait)


def _labelled(picture: Picture, portrait: Portrait) -> Sample:
    return Sample(picture, COLOURS.index(portrait.colour or ""), TYPES.index(portrait.kind or ""))


def collate(samples: list[Sample]) -> Batch:
    """Samples to a batch."""
    return Batch(
        torch.from_numpy(np.stack([sample.picture for sample in samples])),
        torch.tensor([sample.colour for sample in samples]),
        torch.tensor([sample.type for sample in samples]),
    )


def losses(network: nn.Module, batch: Batch) -> Losses:
    """Of the colour and of the type."""
    device = next(network.parameters()).device
    colours, types = network(IMAGENET.tensor(batch.pictures.to(device)))
    return {
        "colour": functional.cross_entropy(colours.float(), batch.colours.to(device), label_smoothing=0.05),
        "type": functional.cross_entropy(types.float(), batch.types.to(device), label_smoothing=0.05),
    }


def figures(network: nn.Module, portraits: list[Portrait]) -> list[card.Figure]:
    """Shares of right answers, of all and of the worst colour and type."""
    device = next(network.parameters()).device
    right: dict[str, list[tuple[int, bool]]] = {"colour": [], "type": []}
    for portrait in portraits:
        sample = _labelled(cv2.resize(read(portrait.path), (SIDE, SIDE), interpolation=cv2.INTER_AREA), portrait)
        with torch.no_grad():
            answers = network(IMAGENET.tensor(torch.from_numpy(sample.picture)[None].to(device)))
        for results, answer, truth in zip(right.values(), answers, (sample.colour, sample.type), strict=True):
            results.append((truth, int(answer.argmax()) == truth))
    rows = []
    for (name, results), names in zip(right.items(), (COLOURS, TYPES), strict=True):
        truths, hits = (np.array(column) for column in zip(*results, strict=True))
        rows.append(card.Figure(f"right {name}, of {len(hits)}", float(hits.mean())))
        shares = {names[one]: float(hits[truths == one].mean()) for one in np.unique(truths)}
        worst = min(shares, key=lambda one: shares[one])
        rows.append(card.Figure(f"right {name}, the worst one: {worst}", shares[worst]))
    return rows


def main() -> None:
    """Trains, measures, exports."""
    job = Job.from_command_line("iris-vehicle-attributes", __doc__ or "", "training.vehicle_attributes")
    train, held_out = (read_portraits(job.data / "vehicles" / part) for part in ("train", "held-out"))
    course = job.course(samples=250_000, batch=64, rate=2e-3)
    network = fit(
        VehicleAttributes(),
        losses,
        Crops(train, job.seed, course.samples),
        collate,
        course,
        job,
        per_batch=course.batch,
    )
    measured = figures(network, held_out)
    exported = export(
        network,
        job.out / f"{job.name}.onnx",
        example=torch.randn(1, 3, SIDE, SIDE),
        inputs="input",
        outputs=["colour", "type"],
        dynamic={0: "batch"},
        metadata={"colours": ",".join(COLOURS), "types": ",".join(TYPES)},
    )
    counts = {"pictures": len(train), "vehicles": len({portrait.identity for portrait in train})}
    card.write(job, course, TEXT, exported, measured, counts)


TEXT = card.Text(
    title="Iris vehicle attributes",
    purpose="Names the colour and the type of a vehicle of the demo world.",
    contract=(
        "Input `input` [N, 3, 128, 128]: RGB / 255, ImageNet's mean and deviation, the box stretched.",
        f"Output `colour` [N, {len(COLOURS)}]: logits of {', '.join(COLOURS)}.",
        f"Output `type` [N, {len(TYPES)}]: logits of {', '.join(TYPES)}. Both lists are in the file's metadata.",
    ),
    limits=("In infrared light, and under coloured lamps, the colour is a guess. Trained on true boxes with small errors.",),
)


if __name__ == "__main__":
    main()
