"""Draws legal graphs that no exporter writes, around one to three LSTM nodes, and compares the outputs of ONNX Runtime
with those of Gatewise for the models that `gatewise convert` imports from them: each must be right or refused. In most
graphs all extents are the same number, so that sizes do not distinguish the axes.

scripts/check/onnx calls it. Usage: odd_onnx_graphs.py PROGRAM [COUNT] [FIRST]
"""

import itertools
import random as rng
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file

TOLERANCE = 1e-5
onnxruntime.set_default_logger_severity(4)


class Graph:
    """A graph built node by node. The shape of every value is known, through an array of that shape."""

    def __init__(self, number):
        self.draw = rng.Random(number)
        self.random = np.random.default_rng(number)
        self.nodes, self.constants, self.inputs, self.outputs, self.feeds = [], [], [], [], {}
        self.opset = self.draw.choice([14, 14, 17, 20])
        self.done = []

    def name(self):
        return f"v{len(self.nodes)}_{len(self.constants)}"

    def constant(self, array):
        name = self.name()
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def numbers(self, *shape):
        return (self.random.standard_normal(shape) * 0.7).astype(np.float32)

    def integers(self, *numbers):
        return self.constant(np.array(numbers, np.int64))

    def node(self, kind, inputs, count=1, **attributes):
        names = [f"n{len(self.nodes)}_{i}" for i in range(count)]
        self.nodes.append(helper.make_node(kind, inputs, names, f"{kind}_{len(self.nodes)}", **attributes))
        return names[0] if count == 1 else names

    def model(self):
        graph = helper.make_graph(self.nodes, "odd", self.inputs, self.outputs, self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)

    def change(self, value, shape):
        """Adds one operator that keeps the number of axes; the effect of most can be expressed by a model."""
        draw, rank = self.draw, len(shape)
        kinds = ["identity", "cast", "round", "dropout", "transpose", "twice", "flat", "reshape", "slice", "gather", "split",
                 "axes", "add", "softmax", "relu", "half", "concat"]
        kind = draw.choice(kinds)
        axis = draw.randrange(rank)
        self.done.append(kind)
        if kind == "identity":
            return self.node("Identity", [value]), shape
        if kind == "cast":
            value = self.node("Cast", [value], to=draw.choice([TensorProto.DOUBLE, TensorProto.FLOAT]))
            return self.node("Cast", [value], to=TensorProto.FLOAT), shape
        if kind == "round":
            value = self.node("Cast", [value], to=draw.choice([TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL]))
            return self.node("Cast", [value], to=TensorProto.FLOAT), shape
        if kind == "dropout":
            training = self.constant(np.array(False))
            return self.node("Dropout", [value, "", training]), shape
        if kind in ("transpose", "twice"):
            order = draw.sample(range(rank), rank)
            value, turned = self.node("Transpose", [value], perm=order), [shape[i] for i in order]
            if kind == "transpose":
                return value, turned
            return self.node("Transpose", [value], perm=[order.index(i) for i in range(rank)]), shape
        if kind == "flat":
            flat = self.node("Reshape", [value, self.integers(-1)])
            return self.node("Reshape", [flat, self.integers(*shape)]), shape
        if kind == "reshape":
            target = shape[:]
            draw.shuffle(target)
            if draw.random() < 0.5:
                target = [1] * (rank - 2) + [int(np.prod(shape[:-1])), shape[-1]]
                draw.shuffle(target[:-1])
            return self.node("Reshape", [value, self.integers(*target)]), target
        if kind in ("slice", "half"):
            first = draw.randrange(shape[axis]) if kind == "half" else 0
            end = draw.randint(first + 1, shape[axis]) if kind == "half" else draw.choice([shape[axis], 2**31 - 1])
            sliced = shape[:]
            sliced[axis] = min(end, shape[axis]) - first
            return self.node("Slice", [value, self.integers(first), self.integers(end), self.integers(axis)]), sliced
        if kind == "gather":
            places = [draw.randrange(-shape[axis], shape[axis])] if draw.random() < 0.5 else [
                draw.randrange(shape[axis]) for _ in range(shape[axis])]
            gathered = shape[:]
            gathered[axis] = len(places)
            return self.node("Gather", [value, self.integers(*places)], axis=axis), gathered
        if kind in ("split", "concat"):
            if shape[axis] < 2:
                return value, shape
            first = draw.randint(1, shape[axis] - 1)
            parts = self.node("Split", [value, self.integers(first, shape[axis] - first)], 2, axis=axis)
            order = parts if kind == "split" else parts[::-1]
            return self.node("Concat", order, axis=axis), shape
        if kind == "axes":
            place = draw.randint(0, rank)
            value = self.node("Unsqueeze", [value, self.integers(place)])
            return self.node("Squeeze", [value, self.integers(place)]), shape
        if kind == "add":
            return self.node("Add", [value, self.constant(self.numbers(shape[-1]))]), shape
        if kind == "softmax":
            return self.node(draw.choice(["Softmax", "LogSoftmax"]), [value], axis=draw.randint(-rank, rank - 1)), shape
        return self.node("Relu", [value]), shape

    def layer(self, value, shape, directions, batch_first):
        """Adds an LSTM node over a value [T, N, I]; returns its three outputs and their shapes."""
        draw = self.draw
        steps, batch, width = shape if not batch_first else (shape[1], shape[0], shape[2])
        hidden = draw.choice([batch, batch, draw.randint(1, 4)])
        names = [value, self.constant(self.numbers(directions, 4 * hidden, width)),
                 self.constant(self.numbers(directions, 4 * hidden, hidden)),
                 self.constant(self.numbers(directions, 8 * hidden)) if draw.random() < 0.8 else "", "", "", "", ""]
        if draw.random() < 0.15:
            lengths = [steps] * batch if draw.random() < 0.5 else [draw.randint(1, steps) for _ in range(batch)]
            names[4] = self.constant(np.array(lengths, np.int32))
        for place in (5, 6):
            if draw.random() < 0.3:
                state = np.zeros((directions, batch, hidden), np.float32)
                if draw.random() < 0.5:
                    state = state + self.numbers(directions, 1, hidden)
                if draw.random() < 0.2:
                    state = state + self.numbers(directions, batch, hidden)
                if draw.random() < 0.2:
                    state = state.transpose(draw.sample(range(3), 3)).reshape(directions, batch, hidden)
                names[place] = self.constant(state.astype(np.float32))
                if draw.random() < 0.3:
                    self.done.append("state input")
                    name = f"s{len(self.inputs)}"
                    self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, state.shape))
                    self.feeds[name] = state.astype(np.float32)
                    names[place] = name
        if draw.random() < 0.2:
            names[7] = self.constant(self.numbers(directions, 3 * hidden))
        while not names[-1]:
            names.pop()
        attributes = {"direction": "bidirectional" if directions == 2 else draw.choice(["forward"] * 9 + ["reverse"])}
        if draw.random() < 0.2:
            functions = [draw.choice(["Tanh", "Sigmoid", "HardSigmoid", "Affine", "LeakyRelu", "Elu", "ScaledTanh",
                                      "Softsign", "ThresholdedRelu"]) for _ in range(3)]
            attributes["activations"] = functions * directions
        if draw.random() < 0.1:
            attributes["input_forget"] = draw.choice([0, 1])
        outputs = self.node("LSTM", names, 3, hidden_size=hidden, **attributes)
        return outputs, [[steps, directions, batch, hidden], [directions, batch, hidden], [directions, batch, hidden]]

    def joined(self, value, shape):
        """Returns Y as the input of the next layer, `[T, N, D·H]`, in one of several ways."""
        steps, directions, batch, hidden = shape
        if directions == 1 and self.draw.random() < 0.8:
            return self.node("Squeeze", [value, self.integers(1)]), [steps, batch, hidden]
        order = self.draw.choice([[0, 2, 1, 3]] * 5 + [[0, 1, 2, 3], [0, 2, 3, 1]])
        value = self.node("Transpose", [value], perm=order)
        return self.node("Reshape", [value, self.integers(steps, batch, -1)]), [steps, batch, directions * hidden]

    def changes(self, value, shape, chance):
        while self.draw.random() < chance and self.draw.random() < 0.9:
            value, shape = self.change(value, shape)
            chance *= 0.6
        return value, shape


def build(number):
    """Returns a graph, its input x [T, N, I], and the axes to transpose for Gatewise."""
    graph = Graph(number)
    draw = graph.draw
    size = draw.choice([2, 3, 3, 4])
    shape = [size] * 3 if draw.random() < 0.8 else [draw.randint(1, 5) for _ in range(3)]
    is_open = draw.random() < 0.3
    x = graph.numbers(*shape) * 2
    graph.feeds["x"] = x
    graph.inputs.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", "N", shape[2]] if is_open else shape))
    value, shape = graph.changes("x", shape, 0.35)
    directions = draw.choice([1, 1, 2])
    for _ in range(draw.choice([1, 1, 2, 2, 3])):
        outputs, shapes = graph.layer(value, shape, directions, False)
        value, shape = graph.joined(outputs[0], shapes[0])
        value, shape = graph.changes(value, shape, 0.12)
    if draw.random() < 0.2:  # the final state of the last layer
        value, shape = outputs[draw.choice([1, 1, 2])], shapes[1]
        if draw.random() < 0.7:
            value = graph.node("Transpose", [value], perm=draw.choice([[1, 0, 2], [1, 0, 2], [0, 1, 2]]))
            shape = [1, shape[1], -1]
            value = graph.node("Reshape", [value, graph.integers(*shape)])
            shape = [1, shapes[1][1], shapes[1][0] * shapes[1][2]]
    value, shape = graph.changes(value, shape, 0.3)
    if draw.random() < 0.6:
        width = draw.choice([shape[-1], draw.randint(1, 4)])
        value = graph.node("MatMul", [value, graph.constant(graph.numbers(shape[-1], width))])
        shape = shape[:-1] + [width]
        value, shape = graph.changes(value, shape, 0.25)
        if draw.random() < 0.6:
            value = graph.node("Add", [value, graph.constant(graph.numbers(draw.choice([width, shape[-1], 1])))])
        value, shape = graph.changes(value, shape, 0.4)
    graph.outputs.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, None))
    return graph, value


def softmax(y):
    e = np.exp(y - y.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


FUNCTIONS = {"Softmax": softmax, "LogSoftmax": lambda y: np.log(softmax(y)), "Sigmoid": lambda y: 1 / (1 + np.exp(-y))}


def distance(found, outputs):
    """Returns the distance of an array from the nearest output of the model, with its axes in any order."""
    least = np.inf
    for y in outputs:
        y = y if y.ndim == 3 else y[None]
        views = [y, y[-1:], y[:1]]
        for view in views:
            for turned in [view.transpose(order) for order in itertools.permutations(range(3))]:
                if turned.size == found.size and np.squeeze(turned).shape == np.squeeze(found).shape:
                    least = min(least, float(np.abs(np.squeeze(turned) - np.squeeze(found)).max()))
                elif turned.size == found.size:
                    least = min(least, float(np.abs(turned.ravel() - found.ravel()).max()))
    return least


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def judge(program, folder, number):
    """Returns refused, right, illegal, wrong or failed, with a message."""
    graph, output = build(number)
    what = f"graph {number} ({' '.join(graph.done)})"
    path, model = folder / f"{number}.onnx", folder / "model.safetensors"
    proto = graph.model()
    onnx.save(proto, path)
    try:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
        found = session.run([output], graph.feeds)[0]
    except Exception:
        found = None
    done = run(program, "convert", path, model)
    if done.returncode == 1 and len(done.stderr.strip().split("\n")) == 1:
        return "refused", done.stderr.split(": ", 2)[-1].strip()
    if done.returncode != 0:
        return "failed", f"{what}: {done.stderr.strip()}"
    if found is None:
        return "illegal", what
    if len(graph.feeds) > 1:  # the model does not tell which input is which state
        return "not compared", what
    tensors = load_file(model)
    x = graph.feeds["x"]
    width = tensors.get("embedding.weight", tensors["weight_ih_l0"].T).shape[0]
    # The model's x is the graph's, its axes in the order in which the layers read them.
    answers = []
    for order in itertools.permutations(range(3)):
        turned = np.ascontiguousarray(x.transpose(order))
        if turned.shape[2] != width:
            continue
        save_file({"x": turned}, folder / "x.safetensors")
        arguments = ["--input", folder / "x.safetensors", "--output", folder / "y.safetensors"]
        if run(program, "predict", model, *arguments).returncode == 0:
            answers.append(load_file(folder / "y.safetensors"))
    convert = run(program, "convert", path, model).stdout
    least = np.inf
    for y in answers:
        outputs = [y["y"]]
        for name, function in FUNCTIONS.items():
            if f"ends in {name}," in convert:
                outputs = [function(y["y"])]
        for name in y:
            if name.startswith(("hT", "cT")):
                state = y[name]
                outputs.append(state)
                count = 2 if any(key.endswith("_reverse") for key in tensors) else 1
                last = state[-count:] if state.ndim == 3 else state[None]
                outputs += [last, last.transpose(1, 0, 2).reshape(1, last.shape[1], -1)]
        least = min(least, distance(found, outputs))
    if least <= TOLERANCE * max(1, np.abs(found).max()):
        return "right", what
    return "wrong", f"{what}: difference {least:.2e}"


def main():
    program = sys.argv[1]
    count, first = (int(sys.argv[2]) if len(sys.argv) > 2 else 1000), (int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    verdicts, reasons = Counter(), Counter()
    with tempfile.TemporaryDirectory() as name:
        for number in range(first, first + count):
            verdict, text = judge(program, Path(name), number)
            verdicts[verdict] += 1
            if verdict == "refused":
                reasons[" ".join(text.split()[:2])] += 1
            if verdict in ("wrong", "failed", "illegal"):
                print(f"{verdict.upper()} {text}")
    print(f"odd graphs: {count}, {dict(verdicts)}")
    return 1 if verdicts["wrong"] or verdicts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
