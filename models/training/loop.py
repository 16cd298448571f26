"""The training loop that all models share: AdamW, a cosine schedule after a warm-up, an average of the weights, a
checkpoint to go on from, and a journal.

Sample number n is a function of the seed and n alone, so that a run is the same with any number of workers and after
any interruption, as far as PyTorch's arithmetic is.
"""

import argparse
import copy
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

Losses = dict[str, torch.Tensor]

# The average of the weights is over about the last 1 / (1 - 0.998) steps, in a short course over the last eleventh.
AVERAGE = 0.998
AVERAGE_SHARE = 11
LINES_EVERY_STEPS = 50
CHECKPOINT_EVERY_S = 300


@dataclass(frozen=True)
class Course:
    """How a model is trained."""

    samples: int
    batch: int
    rate: float
    decay: float = 0.02
    warm_up: float = 0.03

    @property
    def steps(self) -> int:
        """Updates of the weights."""
        return max(1, self.samples // self.batch)

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        warm_up = max(1, int(self.steps * self.warm_up))
        if step < warm_up:
            return self.rate * (step + 1) / warm_up
        progress = (step - warm_up) / max(1, self.steps - warm_up)
        return self.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)

    def average_at(self, step: int) -> float:
        """How much of the average of the weights a step leaves as it was."""
        return max(0.0, min(AVERAGE, 1 - AVERAGE_SHARE / self.steps, (1 + step) / (10 + step)))


@dataclass(frozen=True)
class Job:
    """One run of a training script, from its command line."""

    name: str
    data: Path
    out: Path
    seed: int
    samples: int | None
    threads: int
    workers: int
    device: torch.device
    bf16: bool
    begin_with: Path | None
    command: str

    @classmethod
    def from_command_line(cls, name: str, what: str, module: str) -> "Job":
        """Reads the command line and seeds what needs it."""
        parser = argparse.ArgumentParser(prog=f"python -m {module}", description=what)
        parser.add_argument("--data", type=Path, required=True, help="where `make data` put the pictures")
        parser.add_argument("--out", type=Path, default=Path(), help="where the model, its card and its log go")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--samples", type=int, help="pictures to train on, with repetition; less is a trial")
        parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of the arithmetic")
        parser.add_argument("--workers", type=int, default=2, help="processes that make samples")
        parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
        parser.add_argument("--fp32", action="store_true", help="no bfloat16, for CPUs that are slow at it")
        parser.add_argument("--begin-with", type=Path, help="weights of an earlier training, instead of chance")
        given = parser.parse_args()
        torch.manual_seed(given.seed)
        torch.set_num_threads(given.threads)
        # OpenCV's own threads would compete with the workers.
        cv2.setNumThreads(1)
        (given.out / "logs").mkdir(parents=True, exist_ok=True)
        size = f" --samples {given.samples}" if given.samples else ""
        precision = " --fp32" if given.fp32 else ""
        begin = f" --begin-with {given.begin_with.name}" if given.begin_with else ""
        return cls(
            name=name,
            data=given.data,
            out=given.out,
            seed=given.seed,
            samples=given.samples,
            threads=given.threads,
            workers=given.workers,
            device=torch.device(given.device),
            bf16=not given.fp32,
            begin_with=given.begin_with,
            command=f"python -m {module} --data DIR --out DIR --seed {given.seed}{size}{precision}{begin}",
        )

    @property
    def journal_path(self) -> Path:
        """The training log, JSON lines."""
        return self.out / "logs" / f"{self.name}.jsonl"

    @property
    def weights_path(self) -> Path:
        """The trained weights, for a later training to begin with."""
        return self.out / "weights" / f"{self.name}.pt"

    @property
    def checkpoint_path(self) -> Path:
        """What an interrupted run goes on from; beside the data, as it is no result."""
        return self.data / f"{self.name}.checkpoint"

    def course(self, samples: int, batch: int, rate: float) -> Course:
        """The course with as many samples as the command line wants, if it says."""
        return Course(samples=self.samples or samples, batch=batch, rate=rate)

    def write(self, event: str, **fields: Any) -> None:  # noqa: ANN401
        """A line of the training log, also on the screen."""
        line = json.dumps({"event": event, **fields}, default=str)
        print(line, flush=True)
        with self.journal_path.open("a", encoding="utf-8") as journal:
            journal.write(line + "\n")


class Samples(Dataset):
    """An endless source of samples; `draw` makes one from a generator of its own."""

    def __init__(self, seed: int, count: int) -> None:
        self.seed = seed
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401
        return self.draw(np.random.default_rng((self.seed, index)), index / self.count)

    def draw(self, rng: np.random.Generator, progress: float) -> Any:  # noqa: ANN401
        """A sample; `progress` is how far the training is, 0..1."""
        raise NotImplementedError


def fit(
    network: nn.Module,
    loss: Callable[[nn.Module, Any], Losses],
    samples: Samples,
    collate: Callable[[list[Any]], Any],
    course: Course,
    job: Job,
    *,
    per_batch: int,
) -> nn.Module:
    """Trains `network` and returns the average of its weights, for evaluation.

    `per_batch` is how many of `samples` make a batch, which is not `course.batch` where a sample is several pictures.
    """
    if job.begin_with:
        network.load_state_dict(torch.load(job.begin_with, map_location="cpu", weights_only=True))
    network = network.to(job.device, memory_format=torch.channels_last).train()
    average = copy.deepcopy(network).eval()
    optimiser = torch.optim.AdamW(_groups(network, course.decay), lr=course.rate)
    first, seconds = _restore(job, course, network, average, optimiser)
    if first == 0:
        job.journal_path.unlink(missing_ok=True)
    job.write("start", course=asdict(course), seed=job.seed, device=str(job.device), bf16=job.bf16, step=first)
    loader = DataLoader(
        Subset(samples, range(first * per_batch, course.steps * per_batch)),
        batch_size=per_batch,
        collate_fn=collate,
        num_workers=job.workers,
        persistent_workers=False,
    )
    started = saved = time.monotonic()
    sums: dict[str, float] = {}
    for step, batch in enumerate(loader, start=first):
        for group in optimiser.param_groups:
            group["lr"] = course.rate_at(step)
        with torch.autocast(job.device.type, torch.bfloat16, enabled=job.bf16):
            parts = loss(network, batch)
        total = sum(parts.values(), torch.zeros((), device=job.device))
        if not torch.isfinite(total):
            raise FloatingPointError(f"the loss of step {step} is {total.item()}")
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        _average(average, network, course.average_at(step))
        for name, part in parts.items():
            sums[name] = sums.get(name, 0.0) + part.item() / LINES_EVERY_STEPS
        if (step + 1) % LINES_EVERY_STEPS == 0:
            elapsed = seconds + time.monotonic() - started
            losses = {name: round(value, 4) for name, value in sums.items()}
            job.write("step", step=step + 1, of=course.steps, seconds=round(elapsed), **losses)
            sums = {}
        if time.monotonic() - saved > CHECKPOINT_EVERY_S:
            saved = time.monotonic()
            _save(job, course, network, average, optimiser, step + 1, seconds + saved - started)
    seconds += time.monotonic() - started
    _save(job, course, network, average, optimiser, course.steps, seconds)
    job.weights_path.parent.mkdir(exist_ok=True)
    torch.save(average.state_dict(), job.weights_path)
    job.write("trained", seconds=round(seconds))
    return average.eval()


def in_batches(
    network: nn.Module, pictures: list[Any], prepare: Callable[[list[Any]], torch.Tensor], size: int = 64
) -> torch.Tensor:
    """The network's outputs for many pictures, in order, on the CPU."""
    device = next(network.parameters()).device
    outputs = []
    with torch.no_grad():
        for start in range(0, len(pictures), size):
            outputs.append(network(prepare(pictures[start : start + size]).to(device)).float().cpu())
    return torch.cat(outputs)


def _groups(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Biases and the normalisations' scales are not pulled towards zero."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]


@torch.no_grad()
def _average(average: nn.Module, network: nn.Module, keep: float) -> None:
    for mean, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(new, 1 - keep)
        else:
            mean.copy_(new)


def _save(
    job: Job,
    course: Course,
    network: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
    step: int,
    seconds: float,
) -> None:
    state = {
        "course": asdict(course),
        "seed": job.seed,
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
        "seconds": seconds,
    }
    partial = job.checkpoint_path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(job.checkpoint_path)


def _restore(
    job: Job, course: Course, network: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[int, float]:
    """The step to go on from and the seconds spent before; a checkpoint of another course is not looked at."""
    if not job.checkpoint_path.exists():
        return 0, 0.0
    state = torch.load(job.checkpoint_path, map_location=job.device, weights_only=True)
    if state["course"] != asdict(course) or state["seed"] != job.seed:
        return 0, 0.0
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"], state["seconds"]
