"""Boxes, windows, anchors and alignment: what goes in must come out."""

import unittest

import cv2
import numpy as np
import torch

from training.alignment import SIDE, TEMPLATE, aligned, similarity
from training.assignment import Grid, assign
from training.detector import decode
from training.face_detector import Anchors, Exportable, FaceDetector
from training.pictures import IMAGENET, Window


class Geometry(unittest.TestCase):
    """Of samples and of outputs."""

    def test_a_window_shows_a_thing_where_it_says(self) -> None:
        """A white square is where its box is, in a window that is smaller and reaches beyond the picture."""
        picture = np.zeros((200, 300, 3), np.uint8)
        picture[40:80, 20:60] = 255
        window = Window.around((30.0, 50.0), 0.5, 96, 64)
        cut = window.cut(picture, 0, cv2.INTER_AREA)
        left, top, right, bottom = window.boxes(np.array([[20, 40, 60, 80]], np.float32))[0]
        rows, columns = np.nonzero(cut[..., 0] > 127)
        np.testing.assert_allclose(
            [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], [left, top, right, bottom], atol=1
        )

    def test_a_network_gets_red_green_and_blue_by_mean_and_deviation(self) -> None:
        """From bytes of blue, green and red."""
        picture = np.zeros((1, 2, 3, 3), np.uint8)
        picture[0, 1, 2] = (10, 20, 30)
        tensor = IMAGENET.tensor(torch.from_numpy(picture))
        self.assertEqual(tuple(tensor.shape), (1, 3, 2, 3))
        wanted = [(30 - 123.675) / 58.395, (20 - 116.28) / 57.12, (10 - 103.53) / 57.375]
        np.testing.assert_allclose(tensor[0, :, 1, 2], wanted, rtol=1e-5)

    def test_landmarks_come_to_the_template(self) -> None:
        """A turned, scaled and shifted template is brought back."""
        angle, scale = 0.4, 2.5
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
        landmarks = TEMPLATE @ turn.T + np.array([30, -7], np.float32)
        matrix = similarity(landmarks)
        np.testing.assert_allclose(landmarks @ matrix[:, :2].T + matrix[:, 2], TEMPLATE, atol=1e-3)
        self.assertEqual(aligned(np.zeros((300, 300, 3), np.uint8), landmarks).shape, (SIDE, SIDE, 3))

    def test_things_get_cells_of_their_own(self) -> None:
        """Each of two things is answered for, by cells near its middle, and no cell answers for both."""
        grid = Grid.of(64, 64, torch.device("cpu"))
        truth = torch.tensor([[4.0, 4.0, 28.0, 28.0], [20.0, 20.0, 60.0, 60.0]])
        boxes = decode(torch.zeros(len(grid.strides), 4), grid)
        found = assign(grid, boxes, torch.full((len(grid.strides), 2), 0.1), truth, torch.tensor([0, 1]))
        self.assertEqual(set(found.things.tolist()), {0, 1})
        self.assertEqual(len(found.cells), len(set(found.cells.tolist())))
        middles = (truth[:, :2] + truth[:, 2:]) / 2
        reach = (grid.centres[found.cells] - middles[found.things]).abs().amax(dim=1)
        self.assertTrue(bool((reach < 1.5 * grid.strides[found.cells]).all()))

    def test_scrfds_outputs_mean_the_boxes_that_were_trained(self) -> None:
        """Read as SCRFD's own reader does, the exported tensors give the boxes and landmarks of the training."""
        torch.manual_seed(1)
        network = FaceDetector().eval()
        for head in network.heads:
            torch.nn.init.normal_(head.weight, std=0.1)
        picture = torch.rand(1, 3, 64, 96)
        with torch.no_grad():
            rows = torch.cat(network(picture), dim=1)[0]
            outputs = Exportable(network)(picture)
        anchors = Anchors.of(64, 96, torch.device("cpu"))
        reach = torch.cat(outputs[3:6]) * anchors.strides[:, None]
        boxes = torch.cat([anchors.centres - reach[:, :2], anchors.centres + reach[:, 2:]], dim=1)
        torch.testing.assert_close(boxes, anchors.boxes(rows))
        points = anchors.centres[:, None] + torch.cat(outputs[6:]).reshape(-1, 5, 2) * anchors.strides[:, None, None]
        torch.testing.assert_close(points, anchors.landmarks(rows))

    def test_every_face_has_an_anchor(self) -> None:
        """From the smallest to one that fills the picture, also where two nearly cover each other."""
        anchors = Anchors.of(256, 256, torch.device("cpu"))
        faces = torch.tensor([[3.0, 3, 13, 16], [100, 100, 140, 150], [104, 102, 144, 152], [0, 0, 250, 256]])
        cells, owners = anchors.assign(faces)
        self.assertEqual(set(owners.tolist()), {0, 1, 2, 3})
        self.assertEqual(len(cells), len(set(cells.tolist())))


if __name__ == "__main__":
    unittest.main()
