"""What pushes identities apart."""

import math
import unittest

import torch

from training.margin import ArcMargin, contrast


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


class Following(unittest.TestCase):
    """Of a head whose directions follow their classes before they are trained."""

    def test_directions_come_to_where_their_class_is(self) -> None:
        """Several pictures of a class count together, and other classes stay where they are."""
        head = ArcMargin(2, 2, scale=32, margin=0.3)
        before = head.directions[1].clone()
        for _ in range(10):
            head.follow(torch.tensor([[5.0, 1.0], [5.0, -1.0]]), torch.tensor([0, 0]))
        torch.testing.assert_close(head.directions[0].detach(), torch.tensor([1.0, 0.0]), atol=1e-2, rtol=0)
        torch.testing.assert_close(head.directions[1], before)


if __name__ == "__main__":
    unittest.main()
