"""What pushes identities apart."""

import math
import unittest

import torch

from training.margin import contrast


class Contrast(unittest.TestCase):
    """Of two looks of one person and one of another."""

    looks = torch.tensor([0, 0, 1, 1, 2, 2])
    people = torch.tensor([0, 0, 0, 0, 1, 1])

    def loss(self, angles: list[float]) -> float:
        """Of vectors in the plane."""
        vectors = torch.tensor([[math.cos(angle), math.sin(angle)] for angle in angles])
        return float(contrast(vectors, self.looks, self.people, 0.1))

    def test_alike_within_a_look_and_unlike_others_costs_nothing(self) -> None:
        """And the other way round costs much."""
        self.assertLess(self.loss([0, 0, 0.1, 0.1, 3.1, 3.1]), 1e-3)
        self.assertGreater(self.loss([0, 3.1, 0.1, 3.0, 0.0, 3.1]), 5)

    def test_other_clothes_are_neither(self) -> None:
        """How like each other a person's two looks are costs nothing, as long as both are as unlike the other person."""
        self.assertAlmostEqual(self.loss([1.5, 1.5, 1.5, 1.5, 0, 0]), self.loss([1.5, 1.5, -1.5, -1.5, 0, 0]), places=3)


if __name__ == "__main__":
    unittest.main()
