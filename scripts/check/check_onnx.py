"""Compares models that Gatewise has written as ONNX with the outputs of ONNX Runtime; scripts/check/onnx calls it.

Usage: check_onnx.py PROGRAM
"""

import itertools
import json
import random as rng
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

TOLERANCE = 1e-5
FUNCTIONS = ["tanh", "identity", "logistic", "logistic-1", "logistic-2", "relu", "softsign", "softplus",
             "affine(0.5,0.1)", "leaky-relu(0.01)", "thresholded-relu(0.2)", "scaled-tanh(1.7159,0.6667)",
             "hard-sigmoid(0.2,0.5)", "elu(0.5)"]


def cases():
    """Yields configurations as in a model file's metadata."""
    positions = [None, "everyStep", "lastStep"]
    for hidden, both, readout in itertools.product([[4], [4, 4], [5, 3]], [False, True], positions):
        yield {"hiddenSizes": hidden, "isBidirectional": both,
               "readout": readout and {"outputSize": 3, "position": readout}}
    yield {"hiddenSizes": [4, 4], "readout": {"outputSize": 3, "position": "everyStep", "seesInput": True}}
    yield {"hiddenSizes": [4], "embeddingSize": 2, "readout": {"outputSize": 3, "position": "everyStep"}}
    yield {"hiddenSizes": [4], "biases": {"gates": True, "cells": False, "outputs": False},
           "readout": {"outputSize": 3, "position": "everyStep"}}
    yield {"hiddenSizes": [4], "biases": {"gates": False, "cells": False, "outputs": True}}
    for hidden, both in itertools.product([[4, 4], [5, 3]], [False, True]):
        yield {"hiddenSizes": hidden, "isBidirectional": both, "learnsInitialState": True}
        yield {"hiddenSizes": hidden, "isBidirectional": both, "peepholes": True}
        yield {"hiddenSizes": hidden, "isBidirectional": both, "cell": {"gating": "keep-input"}}
        yield {"hiddenSizes": hidden, "isBidirectional": both, "peepholes": True, "cell": {"gating": "keep-input"}}
    for function in FUNCTIONS:
        for place in ["gateActivation", "inputActivation", "outputActivation"]:
            yield {"hiddenSizes": [4], "cell": {place: function}}
    yield {"hiddenSizes": [4, 4], "isBidirectional": True,
           "cell": dict(zip(["gateActivation", "inputActivation", "outputActivation"], FUNCTIONS[-1:-4:-1]))}
    # Over two steps no cell reaches the bound: ONNX Runtime does not clip the input of h.
    yield {"hiddenSizes": [4], "cell": {"preActivationClip": 2.5}, "steps": 2, "scale": 2.0}


def drawn(count):
    """Yields random configurations from their numbers: everything that graphs can express, in any combination,
    
    except the one discontinuous function, where rounding of a pre-activation decides the side."""
    functions = [function for function in FUNCTIONS if not function.startswith("thresholded")]
    for number in range(count):
        draw = rng.Random(number)
        sizes = [draw.choice([1, 2, 3, 5, 8, 9, 17]) for _ in range(draw.randint(1, 3))]
        if draw.random() < 0.5:
            sizes = sizes[:1] * len(sizes)
        places = ["gateActivation", "inputActivation", "outputActivation"]
        cell = {place: draw.choice(functions) for place in places if draw.random() < 0.3}
        if draw.random() < 0.3:
            cell["gating"] = "keep-input"
        position = draw.choice([None, "everyStep", "lastStep"])
        yield {"hiddenSizes": sizes, "isBidirectional": draw.random() < 0.5, "cell": cell,
               "peepholes": draw.random() < 0.4, "learnsInitialState": draw.random() < 0.4,
               "embeddingSize": draw.choice([None, None, None, 2, 4]), "steps": draw.randint(2, 8), "scale": 0.4,
               "readout": position and {"outputSize": draw.randint(1, 4), "position": position},
               "biases": draw.choice([None, None, {"gates": True, "cells": False, "outputs": True},
                                      {"gates": False, "cells": False, "outputs": True}])}


def model(path, configuration, dtype, random, scale):
    """Writes a model file with random parameters."""
    both, cell = configuration.get("isBidirectional", False), configuration.get("cell", {})
    biases = configuration.get("biases", {"gates": True, "cells": True, "outputs": True})
    coupled = cell.get("gating") == "keep-input"
    tensors = {}

    def add(name, *shape):
        tensors[name] = (random.standard_normal(shape) * scale).astype(dtype)

    width = configuration["inputSize"]
    if size := configuration.get("embeddingSize"):
        add("embedding.weight", width, size)
        width = size
    for layer, hidden in enumerate(configuration["hiddenSizes"]):
        nets = 3 if coupled else 4
        for suffix in [f"_l{layer}", f"_l{layer}_reverse"][:1 + both]:
            add("weight_ih" + suffix, nets * hidden, width)
            add("weight_hh" + suffix, nets * hidden, hidden)
            count = hidden * ((nets - 1) * biases["gates"] + biases["cells"])
            if count:
                add("bias_ih" + suffix, count)
                add("bias_hh" + suffix, count)
            if configuration.get("peepholes"):
                add("peephole" + suffix, nets - 1, hidden)
        width = hidden * (1 + both)
    if configuration.get("learnsInitialState"):
        sizes = configuration["hiddenSizes"]
        for state in ["h0", "c0"]:
            if len(set(sizes)) == 1:
                add(state, len(sizes) * (1 + both), sizes[0])
            else:
                for layer, hidden in enumerate(sizes):
                    for suffix in [f"_l{layer}", f"_l{layer}_reverse"][:1 + both]:
                        add(state + suffix, hidden)
    if readout := configuration.get("readout"):
        add("head.weight", readout["outputSize"], width)
        if readout.get("seesInput"):
            add("head.input_weight", readout["outputSize"], configuration["inputSize"])
        if biases["outputs"]:
            add("head.bias", readout["outputSize"])
    note = {"format": 2, "configuration": configuration, "extras": {"note": "kept"}}
    save_file(tensors, path, metadata={"gatewise": json.dumps(note, sort_keys=True)})


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())


def difference(found, expected):
    """Returns max|a - b| relative to the largest number, at least 1: states grow under unbounded gates."""
    if found.shape != expected.shape:
        return np.inf
    return np.abs(found - expected).max() / max(1, np.abs(expected).max())


def compare(program, folder, configuration, lengths, dtype, random):
    """Returns the largest difference from ONNX Runtime's outputs (not for float64, which it does not run), and whether the
    model came back the same."""
    configuration = {"inputSize": 3, "peepholes": False, "learnsInitialState": False} | {
        key: value for key, value in configuration.items() if value}
    steps, scale = configuration.pop("steps", 5), configuration.pop("scale", 0.6)
    batch = 4
    names = ["a.safetensors", "a.onnx", "b.safetensors", "x.safetensors", "y.safetensors", "z.safetensors"]
    paths = {name: folder / name for name in names}
    model(paths["a.safetensors"], configuration, dtype, random, scale)
    x = random.standard_normal((steps, batch, 3)).astype(dtype)
    inputs = {"x": x} | ({"lengths": np.array([steps, 1, 2, steps], np.int64)} if lengths else {})
    save_file(inputs, paths["x.safetensors"])
    run(program, "convert", paths["a.safetensors"], paths["a.onnx"], *(["--lengths"] if lengths else []))
    run(program, "convert", paths["a.onnx"], paths["b.safetensors"])
    for source, target in [("a", "y"), ("b", "z")]:
        run(program, "predict", paths[f"{source}.safetensors"], "--input", paths["x.safetensors"], "--output",
            paths[f"{target}.safetensors"])
    expected, again = load_file(paths["y.safetensors"]), load_file(paths["z.safetensors"])
    same = all(np.array_equal(expected[key], again[key]) for key in expected)
    loaded = onnx.load(paths["a.onnx"])
    onnx.checker.check_model(loaded, full_check=True)
    if dtype == np.float64:
        return 0.0, same
    session = onnxruntime.InferenceSession(str(paths["a.onnx"]))
    feeds = {"x": x} | ({"lengths": inputs["lengths"].astype(np.int32)} if lengths else {})
    found = dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds)))
    y = found.pop("y")
    if lengths and y.shape[0] == steps:
        # A graph's readout of padding is not zero.
        y = y * (np.arange(steps)[:, None] < inputs["lengths"][None])[:, :, None]
    worst = difference(y, expected["y"])
    for name, value in found.items():
        both = [expected[name + end] for end in ("", "_reverse") if name + end in expected]
        wanted = both[0] if both[0].ndim == 3 else np.stack(both)
        worst = max(worst, difference(value, wanted))
    return float(worst), same


def main():
    program, failures, worst, count = sys.argv[1], 0, 0.0, 0
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        for configuration in itertools.chain(cases(), drawn(200)):
            for lengths, dtype in [(False, np.float32), (True, np.float32), (False, np.float64)]:
                what = f"{json.dumps(configuration)}{', lengths' if lengths else ''}, {np.dtype(dtype).name}"
                count += 1
                try:
                    found, same = compare(program, Path(name), dict(configuration), lengths, dtype, random)
                except Exception as error:  # the error belongs to the case
                    failures += 1
                    print(f"FAILED {what}: {error}")
                    continue
                worst = max(worst, found)
                if not (found <= TOLERANCE and same):
                    failures += 1
                    print(f"FAILED {what}: difference {found:.2e}, {'the same' if same else 'another model'} back")
    print(f"check/onnx: {count} files, {failures} failed; largest difference from ONNX Runtime "
          f"{onnxruntime.__version__}: {worst:.1e} (at most {TOLERANCE})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
