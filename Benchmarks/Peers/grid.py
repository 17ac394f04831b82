"""The rows to compare, which `gatewise bench --list --json` defines, and the numbers for every engine."""

import json
import subprocess
from dataclasses import dataclass
from math import prod

import numpy as np
from safetensors.numpy import save_file

# The number of steps for which an engine that takes one step at a time is checked.
CHECKED_STEPS = 4


@dataclass(frozen=True)
class Row:
    """L layers of H units on N sequences of T steps with I inputs."""

    name: str
    mode: str
    layers: int
    inputSize: int
    hiddenSize: int
    batch: int
    window: int
    dtype: str
    weights: str
    rule: str
    operations: float
    lengths: list | None = None
    shortest: int | None = None
    directions: int = 1
    projectionSize: int | None = None

    @property
    def options(self):
        """Returns this row as options of `gatewise bench`."""
        pairs = {"--mode": self.mode, "--layers": self.layers, "--input-size": self.inputSize,
                 "--hidden": self.hiddenSize, "--batch": self.batch, "--dtype": self.dtype,
                 "--projection": self.projectionSize, "--weights": None if self.weights == "full" else self.weights,
                 "--window": None if self.mode == "step" else self.window, "--shortest": self.shortest}
        words = [str(word) for pair in pairs.items() if pair[1] is not None for word in pair]
        return words + (["--bidirectional"] if self.directions == 2 else [])

    @property
    def outputSize(self):
        """The size of a layer's output at a step."""
        return self.directions * (self.projectionSize or self.hiddenSize)

    @property
    def suffixes(self):
        """The suffixes of the names of the directions' tensors."""
        return [f"_l{l}{end}" for l in range(self.layers) for end in ["", "_reverse"][: self.directions]]

    @property
    def is_dense_float(self):
        """Whether the row counts in the geometric means."""
        is_plain = self.directions == 1 and self.projectionSize is None and self.weights == "full"
        return self.mode in ("train", "infer") and self.dtype == "float32" and self.lengths is None and is_plain


def rows(gatewise, options=()):
    """Returns the rows of the grid, or the one that options of `gatewise bench` name."""
    listed = subprocess.run([gatewise, "bench", "--list", "--json", *options], capture_output=True, text=True)
    if listed.returncode != 0:
        raise SystemExit(f"compare: {listed.stderr.splitlines()[0].removeprefix('Error: ')}")
    return [Row(**json.loads(line)) for line in listed.stdout.splitlines()]


def write_numbers(row, folder):
    """Writes `model.safetensors`, weights under PyTorch's names, and `io.safetensors`, x and dy, drawn from one seed."""
    random = np.random.default_rng(1)

    def draw(limit, *shape):
        drawn = random.uniform(-limit, limit, prod(shape)).reshape(shape)
        return drawn.astype(row.dtype)

    H, N, limit = row.hiddenSize, row.batch, row.hiddenSize ** -0.5
    T = CHECKED_STEPS if row.mode == "step" else row.window
    model = {}
    for place, suffix in enumerate(row.suffixes):
        inputs = row.inputSize if place < row.directions else row.outputSize
        model |= {f"weight_ih{suffix}": draw(limit, 4 * H, inputs),
                  f"weight_hh{suffix}": draw(limit, 4 * H, row.projectionSize or H),
                  f"bias_ih{suffix}": draw(limit, 4 * H), f"bias_hh{suffix}": draw(limit, 4 * H)}
        if row.projectionSize is not None:
            model[f"weight_hr{suffix}"] = draw(limit, row.projectionSize, H)
    io = {"x": draw(1, T, N, row.inputSize), "dy": draw(1, T, N, row.outputSize)}
    if row.mode != "train":
        del io["dy"]
    if row.lengths is not None:
        io["lengths"] = np.array(row.lengths, dtype=np.int64)
    save_file(model, folder / "model.safetensors")
    save_file(io, folder / "io.safetensors")
