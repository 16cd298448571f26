"""The model card: what a model is, how good it is on worlds that it never saw, and how to make it again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .export import Exported
from .loop import Course, Job
from .scores import Joining


@dataclass(frozen=True)
class Figure:
    """A measured figure, and what it has to reach where something is promised."""

    what: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def measured(self) -> str:
        """The value, if there was anything to measure it on."""
        return "nothing to measure" if math.isnan(self.value) else f"{self.value:.4g}"

    @property
    def reached(self) -> str:
        """`yes`, `no`, or nothing where nothing is promised."""
        if self.least is None and self.most is None:
            return ""
        above = self.least is None or self.value >= self.least
        below = self.most is None or self.value <= self.most
        return "yes" if above and below else "no"

    @property
    def promise(self) -> str:
        """What is promised, in words."""
        if self.least is not None:
            return f"at least {self.least:g}"
        return f"at most {self.most:g}" if self.most is not None else ""


@dataclass(frozen=True)
class Text:
    """What a person has to say about a model; the script knows the rest."""

    title: str
    purpose: str
    contract: Sequence[str]
    limits: Sequence[str]


def joined(pairs: Mapping[str, Joining], threshold: float) -> list[Figure]:
    """What becomes of tracks at the threshold that the file names, for each set."""
    rows = []
    for name, each in pairs.items():
        same, different = each.joined(threshold)
        rows.append(Figure(f"tracks of the same joined at {threshold:.2f}, {name} ({len(each.same)} pairs)", same))
        rows.append(Figure(f"tracks of two people joined at {threshold:.2f}, {name} ({len(each.different)} pairs)", different))
    return rows


def write(
    job: Job,
    course: Course,
    text: Text,
    exported: Exported,
    figures: Sequence[Figure],
    pictures: Mapping[str, int],
    milliseconds_most: float | None = None,
) -> None:
    """Writes `<name>.md` beside the model, ends the training log and removes the checkpoint."""
    what = f"milliseconds for {' x '.join(str(side) for side in exported.input)}, one core, ONNX Runtime"
    speed = Figure(what, exported.milliseconds, most=milliseconds_most)
    rows = [f"| {f.what} | {f.measured} | {f.promise} | {f.reached} |" for f in (*figures, speed)]
    lines = [
        f"# {text.title}",
        "",
        text.purpose,
        "",
        "Trained only on pictures that `iris-demo` rendered: no picture of a real person, place or thing, and no weights of",
        "others. It knows that world and no other; for real cameras choose a public model from the manifest.",
        "",
        "## The file",
        "",
        f"`{exported.path.name}`, {exported.bytes} bytes, SHA-256 `{exported.sha256}`.",
        f"{exported.parameters} parameters, kept in 16 bits and computed with in 32, {exported.gflops:.2f} GFLOP for a picture.",
        "Licence: Apache-2.0, as Iris.",
        f"Its numbers differ from the trained network's by at most {exported.difference:.1e} of the largest.",
        "",
        *(f"* {line}" for line in text.contract),
        "",
        "## Figures",
        "",
        "On held-out seeds: other worlds, identities and weather than in training.",
        "",
        "| what | measured | promised | reached |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
        "## Limits",
        "",
        *(f"* {line}" for line in text.limits),
        "",
        "## Making it again",
        "",
        "```sh",
        f"{_made_by(job)}  # in models/training; renders the pictures from their seeds",
        job.command,
        "```",
        "",
        f"{course.samples} samples in batches of {course.batch}, seed {job.seed}, learning rate {course.rate:g}, from "
        + ", ".join(f"{count} {name}" for name, count in pictures.items())
        + f". The log is `logs/{job.name}.jsonl`.",
    ]
    (job.out / f"{job.name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    job.write(
        "exported",
        file=exported.path.name,
        sha256=exported.sha256,
        bytes=exported.bytes,
        gflops=round(exported.gflops, 3),
        milliseconds=round(exported.milliseconds, 2),
        figures={figure.what: None if math.isnan(figure.value) else round(figure.value, 5) for figure in figures},
    )
    # The run is over; the next one begins anew.
    job.checkpoint_path.unlink(missing_ok=True)


def _made_by(job: Job) -> str:
    """The command that rendered the pictures, as the Makefile has left it beside them."""
    note = job.data / "made-by"
    return note.read_text(encoding="utf-8").strip() if note.exists() else "make data"
