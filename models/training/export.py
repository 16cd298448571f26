"""From a trained network to an ONNX file that is proven to say the same, to be small enough, and to be as fast as said."""

import hashlib
import statistics
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .layers import fuse

OPSET = 18
# Arrays of fewer numbers stay as they are: nothing would be gained.
HALVED_FROM = 1024
BYTES_MAX = 6_000_000
# Differences of the order of rounding, on outputs of the order of one.
TOLERANCE = 2e-3


@dataclass(frozen=True)
class Exported:
    """An ONNX file and what was measured of it."""

    path: Path
    input: tuple[int, ...]
    sha256: str
    bytes: int
    parameters: int
    gflops: float
    milliseconds: float
    difference: float


def export(
    network: nn.Module,
    path: Path,
    example: torch.Tensor,
    inputs: str,
    outputs: Sequence[str],
    dynamic: Mapping[int, str],
    metadata: Mapping[str, str],
) -> Exported:
    """Writes a network and checks it on `example`, and on two of them where the batch is open.

    `dynamic` names the axes of the input that are open.
    """
    network = fuse(network.cpu().float().eval())
    path.parent.mkdir(parents=True, exist_ok=True)
    # Tracing takes sizes of 1 as fixed, so that it gets two pictures where the batch is open.
    traced = example.repeat(2, 1, 1, 1) if 0 in dynamic else example
    axes = dict.fromkeys(dynamic, torch.export.Dim.DYNAMIC)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (traced,),
            input_names=[inputs],
            output_names=list(outputs),
            dynamic_shapes=({**axes},) if axes else None,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    model = program.model_proto
    _name_axes(model, dynamic)
    _halve(model)
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return _measured(network, path, example, batches=0 in dynamic)


def _name_axes(model: onnx.ModelProto, dynamic: Mapping[int, str]) -> None:
    """Open axes get plain names; the tracer's are `s12` in the input and long formulas of it in the outputs."""
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    names = {dimensions[axis].dim_param: name for axis, name in dynamic.items()}
    for value in (*model.graph.input, *model.graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_param = names.get(dimension.dim_param, "rows")
    # What is left are the tracer's notes on tensors within the graph.
    del model.graph.value_info[:]


def _halve(model: onnx.ModelProto) -> None:
    """Stores the weights in 16 bits, half the file. Whoever reads it makes 32 of them when it loads, and computes with those."""
    casts = []
    for weights in model.graph.initializer:
        values = onnx.numpy_helper.to_array(weights)
        if values.dtype != np.float32 or values.size < HALVED_FROM:
            continue
        name = weights.name
        weights.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [weights.name], [name], to=onnx.TensorProto.FLOAT))
    # Nodes are listed in the order in which they compute.
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _measured(network: nn.Module, path: Path, example: torch.Tensor, *, batches: bool) -> Exported:
    data = path.read_bytes()
    if len(data) > BYTES_MAX:
        raise ValueError(f"`{path.name}` has {len(data)} bytes, more than {BYTES_MAX}")
    session = session_on_one_core(path)
    difference = _difference(network, session, example)
    if batches:
        difference = max(difference, _difference(network, session, torch.cat([example, example.flip(3)])))
    if difference > TOLERANCE:
        raise ValueError(f"`{path.name}` differs from the network by {difference}")
    return Exported(
        path=path,
        input=tuple(example.shape),
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        gflops=operations(network, example) / 1e9,
        milliseconds=milliseconds(session, example.numpy()),
        difference=difference,
    )


def session_on_one_core(path: Path) -> onnxruntime.InferenceSession:
    """The file in ONNX Runtime, with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def milliseconds(session: onnxruntime.InferenceSession, picture: np.ndarray, runs: int = 40) -> float:
    """How long a picture takes: the median of the thread's own time, so that others on the machine hardly count."""
    feed = {session.get_inputs()[0].name: picture}
    times = []
    for _ in range(runs):
        started = time.thread_time()
        session.run(None, feed)
        times.append(time.thread_time() - started)
    return statistics.median(times[runs // 4 :]) * 1000


def operations(network: nn.Module, example: torch.Tensor) -> float:
    """Multiplications and additions for one picture."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(example)
    return float(counter.get_total_flops())


def _difference(network: nn.Module, session: onnxruntime.InferenceSession, pictures: torch.Tensor) -> float:
    with torch.no_grad():
        expected = network(pictures)
    tensors = [expected] if isinstance(expected, torch.Tensor) else list(expected)
    actual = session.run(None, {session.get_inputs()[0].name: pictures.numpy()})
    worst = 0.0
    for wanted, got in zip(tensors, actual, strict=True):
        if tuple(wanted.shape) != got.shape:
            raise ValueError(f"an output is {got.shape}, not {tuple(wanted.shape)}")
        scale = max(1.0, float(wanted.abs().max()))
        worst = max(worst, float(np.abs(wanted.numpy() - got).max()) / scale)
    return worst
