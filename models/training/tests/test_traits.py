"""What people look like, as numbers to learn."""

import unittest

import numpy as np
import torch

from training.traits import TraitHead, standardised


class Traits(unittest.TestCase):
    """Of three people, one of whom nothing is known."""

    rows = (np.array([1.0, 5.0], np.float32), None, np.array([3.0, 5.0], np.float32))

    def test_columns_are_brought_to_one_scale(self) -> None:
        """A column that is the same for everybody says nothing, and an unknown row stays unknown."""
        np.testing.assert_array_equal(standardised(self.rows), [[-1, 0], [np.nan, np.nan], [1, 0]])

    def test_who_knows_nothing_misses_by_one(self) -> None:
        """A mean of zero is right on average; the unknown do not count, and give no NaN."""
        head = TraitHead(4, 2)
        with torch.no_grad():
            head.read.weight.zero_()
            head.read.bias.zero_()
        traits = torch.from_numpy(standardised(self.rows))
        self.assertAlmostEqual(float(head(torch.ones(3, 4), traits)), 0.5)
        self.assertEqual(float(head(torch.ones(1, 4), traits[1:2])), 0.0)


if __name__ == "__main__":
    unittest.main()
