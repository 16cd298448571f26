"""How good a model is: mean average precision of boxes, true acceptance of faces, rank of bodies."""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .labels import Floats, Numbers

IOU_MIN = 0.5
# Pictures of which a track's mean is made for the threshold from which two are joined: few, as of a short one.
PICTURES_OF_TRACK = 2
# More tracks than these say nothing new, and the table of their pairs has to fit into memory.
TRACKS_MAX = 3000


@dataclass(frozen=True)
class Found:
    """What a network found in a picture, and what there was. `ignored` things count neither way."""

    boxes: Floats
    scores: Floats
    classes: Numbers
    truth: Floats
    truth_classes: Numbers
    ignored: Floats
    ignored_classes: Numbers


@dataclass(frozen=True)
class Precision:
    """Of a class: average precision, and the recall and precision at a score."""

    average: float
    recall: float
    precision: float
    truths: int


def overlaps(a: Floats, b: Floats) -> Floats:
    """Intersection over union of each box of `a` with each of `b`."""
    common = intersections(a, b)
    area = [(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (a, b)]
    return common / np.maximum(area[0][:, None] + area[1][None] - common, 1e-9)


def intersections(a: Floats, b: Floats) -> Floats:
    """Common area of each box of `a` with each of `b`."""
    corner = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    return np.clip(corner, 0, None).prod(axis=2)


def precision_of_class(pictures: Sequence[Found], number: int, score: float) -> Precision:
    """Average precision at an overlap of 0.5, over all recalls; recall and precision at `score`."""
    scores, hits, truths = [], [], 0
    for picture in pictures:
        mine, truth = picture.classes == number, picture.truth[picture.truth_classes == number]
        truths += len(truth)
        order = np.argsort(-picture.scores[mine], kind="stable")
        boxes = picture.boxes[mine][order]
        matched = matches(boxes, truth)
        counted = matched | ~_hidden(boxes, picture.ignored[picture.ignored_classes == number])
        scores.extend(picture.scores[mine][order][counted])
        hits.extend(matched[counted])
    if not truths:
        return Precision(float("nan"), float("nan"), float("nan"), 0)
    order = np.argsort(-np.asarray(scores), kind="stable")
    true = np.cumsum(np.asarray(hits, bool)[order])
    recalls, precisions = true / truths, true / np.arange(1, len(true) + 1)
    # From each recall on, the best precision that is still to come.
    envelope = np.maximum.accumulate(precisions[::-1])[::-1]
    average = float(np.sum(np.diff(recalls, prepend=0.0) * envelope))
    at = int(np.sum(np.asarray(scores) >= score)) - 1
    if at < 0:
        return Precision(average, 0.0, 1.0, truths)
    return Precision(average, float(recalls[at]), float(precisions[at]), truths)


def matches(boxes: Floats, truth: Floats) -> NDArray[np.bool_]:
    """Which boxes, best first, are the first to hit a truth."""
    hit = np.zeros(len(boxes), bool)
    if not len(boxes) or not len(truth):
        return hit
    iou, taken = overlaps(boxes, truth), np.zeros(len(truth), bool)
    for row, values in enumerate(iou):
        free = np.where(taken, -1.0, values)
        best = int(np.argmax(free))
        if free[best] >= IOU_MIN:
            taken[best] = hit[row] = True
    return hit


def _hidden(boxes: Floats, ignored: Floats) -> NDArray[np.bool_]:
    """Which boxes lie mostly within something that does not count, or match it."""
    if not len(boxes) or not len(ignored):
        return np.zeros(len(boxes), bool)
    area = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1e-9)
    within = intersections(boxes, ignored) / area[:, None]
    return (within.max(axis=1) >= 0.5) | (overlaps(boxes, ignored).max(axis=1) >= IOU_MIN)


def acceptance(vectors: Floats, identities: Sequence[Hashable], false_acceptance: float) -> tuple[float, float]:
    """Share of pairs of the same identity above the similarity that `false_acceptance` of the other pairs reach, and
    that similarity. All pairs count."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    _, numbers = np.unique(np.asarray([str(identity) for identity in identities]), return_inverse=True)
    above = np.triu_indices(len(unit), 1)
    similarity = (unit @ unit.T)[above]
    same = (numbers[:, None] == numbers[None])[above]
    if not same.any() or same.all():
        return float("nan"), float("nan")
    threshold = float(np.quantile(similarity[~same], 1 - false_acceptance, method="higher"))
    return float(np.mean(similarity[same] > threshold)), threshold


def rank_one(
    vectors: Floats, identities: Sequence[Hashable], views: Sequence[Hashable], groups: Sequence[Hashable]
) -> tuple[float, float, int]:
    """Rank-1 and mean average precision of every picture as a query against the pictures of its group from other views.

    Pictures without a counterpart do not query. Also how many did.
    """
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    firsts, averages = [], []
    for indices in members.values():
        similarity = unit[indices] @ unit[indices].T
        who = np.asarray([str(identities[i]) for i in indices])
        view = np.asarray([str(views[i]) for i in indices])
        for row in range(len(indices)):
            other = view != view[row]
            order = np.argsort(-similarity[row][other], kind="stable")
            right = (who[other] == who[row])[order]
            if right.any():
                firsts.append(bool(right[0]))
                places = np.flatnonzero(right) + 1
                averages.append(float(np.mean(np.arange(1, len(places) + 1) / places)))
    if not firsts:
        return float("nan"), float("nan"), 0
    return float(np.mean(firsts)), float(np.mean(averages)), len(firsts)


@dataclass(frozen=True)
class Track:
    """Some pictures of one, of which association makes one vector. `one` is who has to be joined, `person` who must not
    be; only tracks of a group are compared."""

    pictures: Sequence[int]
    one: Hashable
    person: Hashable
    group: Hashable


@dataclass(frozen=True)
class Joining:
    """The scores of all pairs of tracks that are to be joined, and of those of two people."""

    same: Floats
    different: Floats

    def threshold(self, share: float) -> float:
        """The cosine, in hundredths, that at most `share` of the pairs of two people reach."""
        if not len(self.different):
            return float("nan")
        return math.ceil(float(np.quantile(self.different, 1 - share, method="higher")) * 100) / 100

    def joined(self, threshold: float) -> tuple[float, float]:
        """The shares of both that are joined at a threshold."""
        return _share(self.same >= threshold), _share(self.different >= threshold)


def _share(hits: NDArray[np.bool_]) -> float:
    return float(np.mean(hits)) if len(hits) else float("nan")


def joining(vectors: Floats, tracks: Sequence[Track]) -> Joining:
    """Compares tracks as Iris does: by what each looks like on average."""
    tracks = tracks[:: math.ceil(len(tracks) / TRACKS_MAX)] if tracks else tracks
    chosen = [list(track.pictures)[:PICTURES_OF_TRACK] for track in tracks]
    rows = np.array([pictures + pictures[-1:] * (PICTURES_OF_TRACK - len(pictures)) for pictures in chosen], int)
    middles = _unit(_unit(vectors)[rows.reshape(-1, PICTURES_OF_TRACK)].mean(axis=1))
    score = middles @ middles.T
    one, person, group = (
        np.unique([str(key) for key in keys], return_inverse=True)[1]
        for keys in ([t.one for t in tracks], [t.person for t in tracks], [t.group for t in tracks])
    )
    compared = (group[:, None] == group[None]) & ~np.eye(len(tracks), dtype=bool)
    return Joining(
        same=score[compared & (one[:, None] == one[None])],
        different=score[compared & (person[:, None] != person[None])],
    )


def _unit(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
