"""Writes the fixtures of GatewiseONNXTests: NAME.onnx, and NAME.safetensors with x [T, N, I] (or indices [T, N]) and
the outputs y, hT, cT of PyTorch, or of ONNX Runtime for nodes that no exporter of PyTorch writes.

Usage: make_onnx_fixtures.py FOLDER. Needs torch, onnx, onnxruntime, onnxscript, numpy, safetensors.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import nn

warnings.filterwarnings("ignore")


class Model(nn.Module):
    """An LSTM with typical surrounding layers."""

    def __init__(self, inputs=3, hidden=4, layers=2, bidirectional=False, batch_first=False, bias=True, outputs=None,
                 reads="steps", function=None, tokens=None, takes_state=False, learns=None):
        super().__init__()
        self.table = nn.Embedding(tokens, inputs) if tokens else None
        self.lstm = nn.LSTM(inputs, hidden, layers, bidirectional=bidirectional, batch_first=batch_first, bias=bias)
        self.head = nn.Linear(hidden * (2 if bidirectional else 1), outputs) if outputs else None
        self.reads, self.function, self.takes_state, self.learns = reads, function, takes_state, learns
        if learns:  # a learned initial state, which "expand" or "repeat" gives to every sequence
            rows = layers * (2 if bidirectional else 1)
            self.h0, self.c0 = (nn.Parameter(torch.zeros(rows, 1, hidden)) for _ in range(2))

    def learned(self, x):
        n = x.size(0 if self.lstm.batch_first else 1)
        if self.learns == "expand":
            return tuple(state.expand(-1, n, -1).contiguous() for state in (self.h0, self.c0))
        return tuple(state.repeat(1, n, 1) for state in (self.h0, self.c0))

    def forward(self, x, h0=None, c0=None):
        if self.table is not None:
            x = self.table(x)
        state = (h0, c0) if self.takes_state else self.learned(x) if self.learns else None
        y, (h, c) = self.lstm(x, state)
        if self.reads == "last":
            y = y[:, -1] if self.lstm.batch_first else y[-1]
        elif self.reads == "state":
            y = torch.cat([h[-2], h[-1]], -1) if self.lstm.bidirectional else h[-1]
        if self.head is not None:
            y = self.head(y)
        if self.function is not None:
            y = self.function(y)
        return y, h, c


# name: options of the model, exporter, whether extents are open, dtype
EXPORTS = {
    "script-stack": (dict(), "script", True, torch.float32),
    "script-bidirectional-head": (
        dict(bidirectional=True, batch_first=True, outputs=2, function=nn.Softmax(-1)), "script", True, torch.float32),
    "script-last": (
        dict(batch_first=True, outputs=2, reads="last", function=nn.LogSoftmax(-1)), "script", True, torch.float32),
    "script-states": (dict(bidirectional=True, outputs=2, reads="state"), "script", True, torch.float32),
    "script-tokens": (
        dict(tokens=7, takes_state=True, bias=False, layers=1, outputs=2, function=nn.Sigmoid()), "script", True,
        torch.float32),
    "script-fixed": (dict(bidirectional=True, outputs=2), "script", False, torch.float32),
    "script-double": (dict(layers=1), "script", True, torch.float64),
    "dynamo-stack": (dict(), "dynamo", True, torch.float32),
    "dynamo-bidirectional-head": (dict(bidirectional=True, outputs=2), "dynamo", False, torch.float32),
    "dynamo-last": (dict(batch_first=True, outputs=2, reads="last"), "dynamo", True, torch.float32),
    "dynamo-states": (dict(bidirectional=True, outputs=2, reads="state"), "dynamo", True, torch.float32),
    "dynamo-tokens": (dict(tokens=7, layers=1, outputs=2), "dynamo", True, torch.float32),
    "script-learned-expand": (dict(learns="expand"), "script", True, torch.float32),
    "script-learned-repeat": (
        dict(learns="repeat", layers=1, bidirectional=True, batch_first=True, outputs=2), "script", True,
        torch.float32),
    "script-learned-fixed": (dict(learns="expand", batch_first=True), "script", False, torch.float32),
    "dynamo-learned-expand": (
        dict(learns="expand", bidirectional=True, batch_first=True, outputs=2), "dynamo", True, torch.float32),
    "dynamo-learned-repeat": (dict(learns="repeat"), "dynamo", True, torch.float32),
    "dynamo-learned-fixed": (dict(learns="repeat", bidirectional=True), "dynamo", False, torch.float32),
}


def strip(content):
    """Removes the source locations of nodes."""
    for node in content.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del content.graph.value_info[:], content.metadata_props[:]
    for value in [*content.graph.input, *content.graph.output, *content.graph.initializer]:
        del value.metadata_props[:]
    del content.graph.metadata_props[:]


def export(folder, name, options, exporter, is_open, dtype):
    torch.manual_seed(len(name))
    model = Model(**options).to(dtype).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
    steps, batch, batch_first = 5, 3, options.get("batch_first")
    shape = (batch, steps) if batch_first else (steps, batch)
    x = torch.randint(7, shape) if "tokens" in options else torch.randn(*shape, 3, dtype=dtype)
    arguments, names = (x,), ["x"]
    if options.get("takes_state"):
        arguments += (torch.randn(1, batch, 4, dtype=dtype), torch.randn(1, batch, 4, dtype=dtype))
        names += ["h0", "c0"]
    path = str(folder / f"{name}.onnx")
    time, sequences = (1, 0) if batch_first else (0, 1)
    if exporter == "script":
        axes = {"x": {time: "T", sequences: "N"}} | {n: {1: "N"} for n in names[1:]}
        torch.onnx.export(model, arguments, path, dynamo=False, input_names=names, output_names=["y", "hT", "cT"],
                          dynamic_axes=axes if is_open else None)
    else:
        # torch.export unrolls over the steps of its example: their number is fixed.
        shapes = ({sequences: torch.export.Dim.DYNAMIC},) if is_open else None
        torch.onnx.export(model, arguments, path, dynamo=True, input_names=names, dynamic_shapes=shapes, verbose=False,
                          external_data=False)
        content = onnx.load(path)
        strip(content)
        onnx.save(content, path)
    with torch.no_grad():
        y, h, c = model(*arguments)
    if y.dim() == 3 and batch_first:
        y = y.transpose(0, 1)
    expected = {"x": x.transpose(0, 1) if batch_first else x, "y": y if y.dim() == 3 else y[None], "hT": h, "cT": c}
    expected |= dict(zip(names[1:], arguments[1:]))
    save(folder, name, expected)


def save(folder, name, tensors):
    tensors = {key: torch.as_tensor(value).detach().clone().contiguous() for key, value in tensors.items()}
    save_file(tensors, folder / f"{name}.safetensors")
    sizes = [(folder / f"{name}.{end}").stat().st_size for end in ("onnx", "safetensors")]
    print(f"{name}: {sizes[0]} and {sizes[1]} bytes")


def projected(folder):
    """Writes PyTorch 2.13's export of an LSTM with a projection, which is a different model and must be refused."""
    torch.manual_seed(1)
    path = folder / "dynamo-projected.onnx"
    torch.onnx.export(nn.LSTM(3, 5, proj_size=2).eval(), (torch.randn(4, 2, 3),), str(path), dynamo=True,
                      input_names=["x"], verbose=False, external_data=False)
    content = onnx.load(path)
    strip(content)
    onnx.save(content, path)
    print(f"dynamo-projected: {path.stat().st_size} bytes")


def node(folder, name, directions=1, hidden=3, inputs=2, lengths=None, peepholes=False, layout=0, half=False,
         **attributes):
    """Writes a graph of one LSTM node, and ONNX Runtime's outputs (if necessary of the same node with layout 0)."""
    random = np.random.default_rng(len(name))
    steps, batch = 6, 3

    def normal(*shape):
        numbers = (random.standard_normal(shape) * 0.7).astype(np.float32)
        return numbers.astype(np.float16).astype(np.float32) if half else numbers

    weights = {"W": normal(directions, 4 * hidden, inputs), "R": normal(directions, 4 * hidden, hidden),
               "B": normal(directions, 8 * hidden)}
    x = normal(steps, batch, inputs)
    feeds = {"x": x}
    if peepholes:
        weights["P"] = normal(directions, 3 * hidden)
    if lengths:
        feeds["lengths"] = np.array(lengths, np.int32)
    attributes["hidden_size"] = hidden

    def model(layout, half):
        kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
        infos = [helper.make_tensor_value_info("x", kind, ["T", "N", inputs] if layout == 0 else ["N", "T", inputs])]
        if lengths:
            infos.append(helper.make_tensor_value_info("lengths", TensorProto.INT32, ["N"]))
        results = [helper.make_tensor_value_info(n, kind, None) for n in ("Y", "Y_h", "Y_c")]
        names = ["x", "W", "R", "B", "lengths" if lengths else "", "", "", "P" if peepholes else ""]
        while not names[-1]:
            names.pop()
        options = attributes | ({"layout": 1} if layout else {})
        tensors = [numpy_helper.from_array(a.astype(np.float16) if half else a, n) for n, a in weights.items()]
        if half:  # as a list of numbers instead of raw data
            for tensor in tensors:
                bits = np.frombuffer(tensor.raw_data, np.uint16)
                tensor.ClearField("raw_data")
                tensor.int32_data.extend(bits.tolist())
        cells = helper.make_node("LSTM", names, ["Y", "Y_h", "Y_c"], "cells", **options)
        graph = helper.make_graph([cells], name, infos, results, tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)

    onnx.save(model(layout, half), folder / f"{name}.onnx")
    session = onnxruntime.InferenceSession(model(0, False).SerializeToString())
    y, h, c = session.run(None, feeds)
    y = y.transpose(0, 2, 1, 3).reshape(steps, batch, -1)
    more = {"lengths": feeds["lengths"].astype(np.int64)} if lengths else {}
    save(folder, name, {"x": x, "y": y, "hT": h, "cT": c} | more)


def main():
    folder = Path(sys.argv[1])
    for name, (options, exporter, is_open, dtype) in EXPORTS.items():
        export(folder, name, options, exporter, is_open, dtype)
    projected(folder)
    node(folder, "node-peepholes", peepholes=True)
    node(folder, "node-coupled", peepholes=True, input_forget=1)
    node(folder, "node-lengths", directions=2, direction="bidirectional", lengths=[6, 2, 4])
    node(folder, "node-batch-first", layout=1)
    node(folder, "node-half", half=True)
    functions = ["HardSigmoid", "ScaledTanh", "LeakyRelu"]
    node(folder, "node-functions", directions=2, direction="bidirectional", activations=functions * 2,
         activation_alpha=[0.25, 1.5, 0.02] * 2, activation_beta=[0.4, 0.75] * 2)
    node(folder, "node-more-functions", activations=["Sigmoid", "Elu", "Softsign"], activation_alpha=[0.5])
    # ONNX Runtime does not clip the input of h, so no cell may reach the bound.
    node(folder, "node-clip", clip=0.9, activations=["Sigmoid", "Tanh", "Affine"], activation_alpha=[1.0],
         activation_beta=[0.0])


if __name__ == "__main__":
    main()
