#!/usr/bin/env python3
"""Writes the tiny models beside this file: graphs without weights that answer in the shape of a family.

Needs the package `onnx` (1.23 wrote those in the repository). Each detector finds one thing in a 64 x 64 picture: the box
is a constant, the score is the mean of the first plane of the input, so that a test sees what the network would have seen.
Those that give vectors begin them with the means of the three planes and a one.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

HERE = Path(__file__).parent
SIDE = 64
CELLS = 64 + 16 + 4  # strides 8, 16, 32
FLOAT, HALF, BYTE, INT64 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8, TensorProto.INT64
NUMPY = {FLOAT: np.float32, HALF: np.float16}


class Graph:
    """A graph with the input `images`; methods add nodes and answer the name of what they make."""

    def __init__(self, element=FLOAT, batch=1, height=SIDE, width=SIDE):
        self.nodes, self.constants, self.outputs = [], [], []
        self.inputs = [helper.make_tensor_value_info("images", element, [batch, 3, height, width])]
        self.element = FLOAT if element == BYTE else element
        self.pixels = self.add("Cast", ["images"], to=FLOAT) if element == BYTE else "images"

    def add(self, kind, inputs, **attributes):
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, value, kind=None):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind or NUMPY[self.element]), name))
        return name

    def ints(self, *values):
        return self.constant(values, np.int64)

    def batch(self):
        """The number of pictures, as a list of one."""
        return self.add("Slice", [self.add("Shape", [self.pixels]), self.ints(0), self.ints(1)])

    def score(self):
        """[N, 1, 1]: the mean of the first plane."""
        plane = self.add("Slice", [self.pixels, self.ints(0), self.ints(1), self.ints(1)])
        return self.add("Squeeze", [self.add("ReduceMean", [plane], axes=[2, 3], keepdims=1), self.ints(3)])

    def row(self, before, after):
        """[N, 1, k]: constants, the score, constants."""
        ones = self.ints(1)
        parts = []
        for values in (before, after):
            shape = self.add("Concat", [self.batch(), ones, self.ints(len(values))], axis=0)
            parts.append(self.add("Expand", [self.constant([[values]]), shape]))
        return self.add("Concat", [parts[0], self.score(), parts[1]], axis=2)

    def zeros(self, rows, columns, value=0.0):
        shape = self.add("Concat", [self.batch(), self.ints(rows, columns)], axis=0)
        fill = numpy_helper.from_array(np.asarray([value], NUMPY[self.element]))
        return self.add("ConstantOfShape", [shape], value=fill)

    def table(self, row, rows, columns, at=0):
        """[N, rows, columns]: the row at its place among zeros."""
        return self.add("Concat", [self.zeros(at, columns), row, self.zeros(rows - 1 - at, columns)], axis=1)

    def means(self, pixels=None):
        """[N, 3]: the mean of each plane."""
        return self.add("ReduceMean", [pixels or self.pixels], axes=[2, 3], keepdims=0)

    def vector(self, dimensions, pixels=None):
        """[N, dimensions]: the means of the planes, a one, zeros."""
        shape = self.add("Concat", [self.batch(), self.ints(dimensions - 3)], axis=0)
        rest = self.add("Expand", [self.constant([[1] + [0] * (dimensions - 4)]), shape])
        return self.add("Concat", [self.means(pixels), rest], axis=1)

    def anchors(self, stride):
        """A list of one: two for each cell of an input whose sides are open."""
        sides = self.add("Slice", [self.add("Shape", [self.pixels]), self.ints(2), self.ints(4)])
        cells = self.add("ReduceProd", [self.add("Div", [sides, self.ints(stride)])], axes=[0], keepdims=1)
        return self.add("Mul", [cells, self.ints(2)])

    def open_table(self, row, rows, columns):
        """[rows, columns]: the row, which is [1, 1, columns], before zeros."""
        shape = self.add("Concat", [self.add("Sub", [rows, self.ints(1)]), self.ints(columns)], axis=0)
        zeros = self.add("ConstantOfShape", [shape], value=numpy_helper.from_array(np.asarray([0], np.float32)))
        return self.add("Concat", [self.add("Squeeze", [row, self.ints(0)]), zeros], axis=0)

    def output(self, tensor, shape, name="output", element=None):
        self.nodes.append(helper.make_node("Identity", [tensor], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, element or self.element, shape))

    def write(self, name, **metadata):
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, metadata)
        checker.check_model(model)
        save(model, HERE / f"{name}.onnx")


# Centre (20, 24), 8 wide, 16 high: left 16, top 16, right 24, bottom 32.
BOX = [20, 24, 8, 16]
NAMES = "{0: 'cat', 1: \"dog's\"}"


def columns(graph, name, batch=1, anchors=CELLS, **metadata):
    """YOLOv8: the second class has the score."""
    row = graph.row([*BOX, 0], [])
    table = graph.add("Transpose", [graph.table(row, CELLS, 6)], perm=[0, 2, 1])
    graph.output(table, [batch, 6, anchors])
    graph.write(name, **metadata)


columns(Graph(), "yolov8")
columns(Graph(HALF), "yolov8_half")
columns(Graph(BYTE), "yolov8_bytes")
columns(Graph(batch=2), "yolov8_batch_of_two", batch=2)
columns(Graph(batch="N", height="H", width="W"), "yolov8_open", batch="N", names=NAMES, task="detect")
columns(Graph(), "segmentation", task="segment", names=NAMES)
columns(Graph(), "more_names_than_scores", names="{0: 'a', 1: 'b', 2: 'c'}")
columns(Graph(height=100_000, width=100_000), "huge_input")

graph = Graph(batch="N")
only_first = graph.add("Slice", [graph.table(graph.row([*BOX, 0], []), CELLS, 6), *(graph.ints(n) for n in (0, 1, 0))])
graph.output(graph.add("Transpose", [only_first], perm=[0, 2, 1]), [1, 6, CELLS])
graph.write("open_batch_in_name_only")

graph = Graph()
graph.output(graph.table(graph.row([*BOX, 1, 0], []), 3 * CELLS, 7), [1, 3 * CELLS, 7])
graph.write("yolov5")

# Cell (0, 0) of stride 8: centre (2.5, 3) cells, 1 by 2 cells: the same box.
graph = Graph()
graph.output(graph.table(graph.row([2.5, 3, 0, float(np.log(2))], [0, 1]), CELLS, 7), [1, CELLS, 7])
graph.write("yolox")



def distances(*sides):
    """32 logits: for each side of a box a distribution over 0..7 strides with that mean."""
    logits = np.full((4, 8), -1e4)
    for row, side in zip(logits, sides):
        whole, part = int(side), side % 1
        row[whole] = np.log(1 - part)
        if part:
            row[whole + 1] = np.log(part)
    return list(logits.ravel())


# Around the corner (16, 16) of cell (2, 2) of stride 8: one stride to the right, two down.
graph = Graph()
row = graph.row([0], distances(0, 0, 1, 2))
graph.output(graph.table(row, CELLS + 1, 34, at=2 * 8 + 2), [1, CELLS + 1, 34])
graph.write("nanodet_plus")

# Around the middle (19.5, 27.5) of cell (2, 3) of stride 8; no batch axis, and the order is not that of the levels.
graph = Graph()
at = 3 * 8 + 2
parts = {
    "distances_32": (None, 4, 32),
    "scores_8": (graph.row([0], []), 64, 2),
    "scores_32": (None, 4, 2),
    "distances_16": (None, 16, 32),
    "scores_16": (None, 16, 2),
    "distances_8": (graph.constant([[distances(3.5 / 8, 11.5 / 8, 4.5 / 8, 4.5 / 8)]]), 64, 32),
}
for name, (row, rows, width) in parts.items():
    table = graph.table(row, rows, width, at) if row else graph.zeros(rows, width)
    graph.output(graph.add("Squeeze", [table, graph.ints(0)]), [rows, width], name)
graph.write("nanodet")

# Boxes in the units of the second input, as RT-DETR's exporters write them.
graph = Graph(batch="N")
graph.inputs.append(helper.make_tensor_value_info("orig_target_sizes", INT64, ["N", 2]))
sizes = graph.add("Cast", ["orig_target_sizes"], to=FLOAT)
sizes = graph.add("Unsqueeze", [graph.add("Concat", [sizes, sizes], axis=1), graph.ints(1)])
one_each = graph.add("Concat", [graph.batch(), graph.ints(1)], axis=0)
graph.output(graph.add("Expand", [graph.constant([[1]], np.int64), one_each]), ["N", 1], "labels", INT64)
graph.output(graph.add("Mul", [sizes, graph.constant([[[0.25, 0.25, 0.375, 0.5]]])]), ["N", 1, 4], "boxes")
graph.output(graph.add("Squeeze", [graph.score(), graph.ints(2)]), ["N", 1], "scores")
graph.write("rtdetr")

graph = Graph()
graph.output(graph.table(graph.row([16, 16, 24, 32], [1]), 300, 6), [1, 300, 6])
graph.write("end2end")

graph = Graph()
graph.output(graph.table(graph.row([n / SIDE for n in BOX], [0, 0]), 300, 7), [1, 300, 7])
graph.write("rtdetr_ultralytics")

graph = Graph()
graph.output(graph.table(graph.row([float("nan"), float("inf"), 8, 16, 1], []), CELLS * 3, 6), [1, CELLS * 3, 6])
graph.write("not_a_number")

graph = Graph()
graph.output(graph.zeros(0, 6), [1, "found", 6])
graph.write("empty_list")

graph = Graph()
graph.output(graph.add("ReduceMean", [graph.pixels], axes=[2, 3], keepdims=0), [1, 3])
graph.write("classifier")

graph = Graph()
sequence = graph.add("SequenceConstruct", [graph.pixels])
graph.nodes.append(helper.make_node("Identity", [sequence], ["output"]))
tensor = helper.make_tensor_type_proto(FLOAT, None)
graph.outputs.append(helper.make_value_info("output", helper.make_sequence_type_proto(tensor)))
graph.write("sequence")


# ---- Faces: a box from (16, 16) to (32, 40), eyes at (20, 24) and (28, 24), nose (24, 28), mouth (20, 34), (28, 34) ----

POINTS = [[20, 24], [28, 24], [24, 28], [20, 34], [28, 34]]
STRIDES = {8: 64, 16: 16, 32: 4}


def scrfd(names, parts, batch):
    """At the second anchor of cell (1, 1) of stride 16, which is at (16, 16)."""
    graph = Graph()
    at = 2 * (4 + 1) + 1
    rows = {
        1: graph.score(),
        4: graph.constant([[[0, 0, 1, 1.5]]]),
        10: graph.constant([[[(n - 16) / 16 for point in POINTS for n in point]]]),
    }
    for name, (width, stride) in zip(names, parts):
        cells = 2 * STRIDES[stride]
        table = graph.table(rows[width], cells, width, at) if stride == 16 else graph.zeros(cells, width)
        if not batch:
            table = graph.add("Squeeze", [table, graph.ints(0)])
        graph.output(table, [1, cells, width] if batch else [cells, width], name)
    return graph


ORDER = [(width, stride) for width in (1, 4, 10) for stride in STRIDES]
scrfd([f"out{n}" for n in range(9)], ORDER, batch=True).write("scrfd")
# The names of InsightFace's own export, in no order.
scrfd(["499", "443", "468", "493", "446", "471", "496", "449", "474"], ORDER[-1:] + ORDER[:-1], batch=False).write(
    "scrfd_unbatched"
)
scrfd([f"out{n}" for n in range(6)], ORDER[:6], batch=True).write("scrfd_without_points")

# At the first anchor of the first cell of stride 8, so that the box and the points are those of the input's corner.
graph = Graph(height="H", width="W")
rows = {1: graph.score(), 4: graph.constant([[[-2, -2, 4, 5]]])}
rows[10] = graph.constant([[[n / 8 for point in POINTS for n in point]]])
for width in rows:
    for stride in STRIDES:
        anchors = graph.anchors(stride)
        if stride == 8:
            table = graph.open_table(rows[width], anchors, width)
        else:
            shape = graph.add("Concat", [anchors, graph.ints(width)], axis=0)
            zero = numpy_helper.from_array(np.asarray([0], np.float32))
            table = graph.add("ConstantOfShape", [shape], value=zero)
        graph.output(table, ["A", width], f"{width}_{stride}")
graph.write("scrfd_open")

# Around (1.5, 1.75) cells of stride 16, one by one and a half cells.
graph = Graph()
rows = {
    "cls": (1, graph.score()),
    "obj": (1, graph.constant([[[1]]])),
    "bbox": (4, graph.constant([[[0.5, 0.75, 0, float(np.log(1.5))]]])),
    "kps": (10, graph.constant([[[n / 16 - 1 for point in POINTS for n in point]]])),
}
for name, (width, row) in rows.items():
    for stride, cells in STRIDES.items():
        table = graph.table(row, cells, width, at=4 + 1) if stride == 16 else graph.zeros(cells, width)
        graph.output(table, [1, cells, width], f"{name}_{stride}")
graph.write("yunet")


# ---- Vectors -----------------------------------------------------------------------------------------------------------


def recognizer(name, dimensions=512, side=112, batch="N", pixels=lambda graph: graph.pixels):
    graph = Graph(batch=batch, height=side, width=side)
    graph.output(graph.vector(dimensions, pixels(graph)), [batch, dimensions])
    graph.write(name)


def normalised(kind, mean, factor):
    """By the graph, as its first two steps."""
    return lambda graph: graph.add(
        kind, [graph.add("Sub", [graph.pixels, graph.constant(mean)]), graph.constant(factor)]
    )


def quantised(graph):
    """To the range of all that the run was given."""
    graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [graph.pixels], ["q", "scale", "zero"]))
    return graph.add("DequantizeLinear", ["q", "scale", "zero"])


recognizer("arcface")
recognizer("arcface_128", dimensions=128)
recognizer("arcface_of_another_size", side=128)
recognizer("arcface_raw", pixels=normalised("Mul", 127.5, 1 / 127.5))
recognizer("arcface_quantised", pixels=quantised)
recognizer("arcface_quantised_batch_of_two", batch=2, pixels=quantised)


def embedder(name, pixels=lambda graph: graph.pixels, dimensions=64, inputs=(), batch="N"):
    graph = Graph(batch=batch, height=256, width=128)
    graph.inputs.extend(inputs)
    graph.output(graph.vector(dimensions, pixels(graph)), [batch, dimensions])
    graph.write(name)


embedder("osnet")
embedder("osnet_batch_of_two", batch=2)
embedder("fast_reid", pixels=normalised("Div", [[[0]], [[0]], [[0]]], 255))
embedder("transformer", pixels=lambda graph: graph.add("Mul", [graph.pixels, graph.add("Softmax", [graph.constant([1])])]))
embedder("camera_wanted", inputs=[helper.make_tensor_value_info("camera", INT64, ["N"])])

# Nothing to say of black, which is all zeros to a network of -1 to 1 that adds one.
graph = Graph(batch="N", height=256, width=128)
ones = graph.add("Add", [graph.means(), graph.constant([1])])
graph.output(graph.add("Concat", [ones] * 22, axis=1), ["N", 66])
graph.write("silent_on_black")

graph = Graph(batch="N", height=128, width=128)
logits = graph.means()
graph.output(logits, ["N", 3], "colour")
two = graph.add("Slice", [logits, graph.ints(0), graph.ints(2), graph.ints(1)])
graph.output(two, ["N", 2], "type")
graph.write("vehicle_attributes", colours="red,green,blue", types="sedan, van")
