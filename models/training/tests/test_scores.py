"""What the figures of the model cards mean."""

import math
import unittest

import numpy as np

from training.scores import Found, Joining, Track, acceptance, joining, precision_of_class, rank_one

BOX = [0.0, 0.0, 10.0, 10.0]
FAR_BOX = [50.0, 50.0, 60.0, 60.0]


def found(boxes: list[list[float]], truth: list[list[float]], ignored: list[list[float]]) -> Found:
    """A picture of one class, with scores that fall."""
    table = [np.asarray(rows, np.float32).reshape(-1, 4) for rows in (boxes, truth, ignored)]
    scores = np.linspace(0.9, 0.5, len(boxes), dtype=np.float32)
    nought = [np.zeros(len(rows), int) for rows in table]
    return Found(table[0], scores, nought[0], table[1], nought[1], table[2], nought[2])


class Scores(unittest.TestCase):
    """Of boxes and of vectors."""

    def test_what_is_found_first_weighs_more(self) -> None:
        """A wrong box before the right one halves the precision, one after it costs nothing."""
        before = precision_of_class([found([FAR_BOX, BOX], [BOX], [])], 0, 0.1)
        after = precision_of_class([found([BOX, FAR_BOX], [BOX], [])], 0, 0.1)
        self.assertAlmostEqual(before.average, 0.5)
        self.assertAlmostEqual(after.average, 1.0)

    def test_a_second_box_on_one_thing_is_wrong(self) -> None:
        """Only the first counts as right."""
        result = precision_of_class([found([BOX, BOX], [BOX], [])], 0, 0.1)
        self.assertAlmostEqual(result.precision, 0.5)

    def test_what_does_not_count_is_neither_missed_nor_wrong(self) -> None:
        """A box on something hidden changes nothing."""
        result = precision_of_class([found([FAR_BOX, BOX], [BOX], [FAR_BOX])], 0, 0.1)
        self.assertEqual((result.average, result.recall, result.precision), (1.0, 1.0, 1.0))

    def test_faces_that_are_alike_are_refused_at_the_rate_asked_for(self) -> None:
        """Two identities at right angles are told apart; when all are one vector, none is accepted."""
        apart = np.array([[1, 0], [1, 0.01], [0, 1], [0.01, 1]], np.float32)
        self.assertEqual(acceptance(apart, "aabb", 0.001)[0], 1.0)
        self.assertEqual(acceptance(np.ones((4, 2), np.float32), "aabb", 0.001)[0], 0.0)

    def test_the_same_view_is_no_answer(self) -> None:
        """A query finds its nearest among other views only: here three of four find themselves."""
        vectors = np.array([[1, 0], [1, 0.02], [1, 0.003], [0, 1]], np.float32)
        first, _, queries = rank_one(vectors, "abab", ["left", "left", "right", "right"], "gggg")
        self.assertEqual(queries, 4)
        self.assertAlmostEqual(first, 0.75)

    def test_tracks_are_compared_by_what_they_look_like_on_average(self) -> None:
        """Other groups are not compared, nor a person with themselves in other clothes."""
        vectors = np.array([[1, 0], [0, 1], [1, 0], [0.6, 0.8], [0, 1], [1, 0]], np.float32)
        tracks = [
            Track([0, 1], "anna/0", "anna", "monday"),
            Track([2], "anna/0", "anna", "monday"),
            Track([3], "bert/0", "bert", "monday"),
            Track([4], "anna/1", "anna", "monday"),
            Track([5], "carl/0", "carl", "tuesday"),
        ]
        pairs = joining(vectors, tracks)
        np.testing.assert_allclose(pairs.same, [math.sqrt(0.5)] * 2, atol=1e-6)
        # Bert and Anna's three tracks, from both sides.
        np.testing.assert_allclose(sorted(pairs.different), [0.6, 0.6, 0.8, 0.8, *[1.4 * math.sqrt(0.5)] * 2], atol=1e-6)

    def test_the_threshold_is_what_hardly_any_two_people_reach(self) -> None:
        """In hundredths, upwards."""
        pairs = Joining(same=np.array([0.4, 0.9]), different=np.linspace(0, 0.5, 1001))
        self.assertEqual(pairs.threshold(0.1), 0.45)
        self.assertEqual(pairs.joined(0.45), (0.5, 101 / 1001))
        self.assertTrue(math.isnan(Joining(np.zeros(0), np.zeros(0)).threshold(0.1)))


if __name__ == "__main__":
    unittest.main()
