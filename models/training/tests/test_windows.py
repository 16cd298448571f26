"""What the detector is shown, and when."""

import unittest

from training.detector import WHOLE_FROM, Windows


class Wholes(unittest.TestCase):
    """Of windows and whole pictures."""

    def test_no_batch_has_windows_and_whole_pictures(self) -> None:
        """Whatever the length of the course: pictures of two sizes make no batch."""
        for samples in (33_400, 35_000, 45_000):
            windows = Windows([], seed=1, count=samples, batch=8)
            wholes = [index / samples >= windows.whole_from for index in range(samples)]
            for start in range(0, samples, 8):
                self.assertEqual(len(set(wholes[start : start + 8])), 1)
            self.assertAlmostEqual(wholes.index(True) / samples, WHOLE_FROM, places=3)


if __name__ == "__main__":
    unittest.main()
