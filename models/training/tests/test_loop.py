"""The course of a training: how fast it learns, and over how much of it the weights are averaged."""

import unittest

from training.loop import AVERAGE, Course


class Courses(unittest.TestCase):
    """Of long and short trainings."""

    def test_the_rate_rises_and_falls(self) -> None:
        """It begins low, is whole after the warm-up, and ends low."""
        course = Course(samples=8000, batch=8, rate=1.0)
        self.assertLess(course.rate_at(0), 0.05)
        self.assertAlmostEqual(course.rate_at(30), 1.0)
        self.assertAlmostEqual(course.rate_at(999), 0.02, places=3)

    def test_a_short_course_averages_over_less(self) -> None:
        """What was learnt at the high rate of its middle is forgotten at its end."""
        long, short = (Course(samples=steps * 8, batch=8, rate=1.0) for steps in (40_000, 500))
        self.assertEqual(long.average_at(39_999), AVERAGE)
        self.assertLess(short.average_at(499) ** 250, 0.01)
        self.assertEqual(Course(samples=8, batch=8, rate=1.0).average_at(0), 0.0)


if __name__ == "__main__":
    unittest.main()
