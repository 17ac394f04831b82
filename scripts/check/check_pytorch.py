"""Compares `gatewise gradients` with torch.nn.LSTM on random models in float64.

scripts/check/pytorch calls it in an environment with PyTorch. Every model is drawn from its number: depth, sizes, both
directions, projections, biases, a readout, an embedding, a prefix of names, initial states, packed sequences with NaN on
padding. A difference is printed with everything needed to reproduce it; the exit status is then 1.
"""

import argparse
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file, save_file
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

TOLERANCE = 1e-10


class Case:
    """The random case of a number."""

    def __init__(self, number):
        draw = random.Random(number)
        self.number = number
        self.layers = draw.randint(1, 4)
        self.inputs, self.hidden = draw.randint(1, 12), draw.choice([1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 33])
        self.steps, self.sequences = draw.randint(1, 11), draw.choice([1, 2, 3, 4, 5, 8, 9, 17])
        self.directions = draw.choice([1, 2])
        self.projection = draw.randint(1, self.hidden - 1) if self.hidden > 1 and draw.random() < 0.35 else 0
        self.bias = draw.random() < 0.75
        self.outputs = draw.choice([None, None, 1, 3])
        self.embedding = draw.choice([None, None, None, 4])
        self.prefix = draw.choice(["", "", "lstm.", "model.encoder.rnn."])
        self.is_packed = draw.random() < 0.5
        self.has_state = draw.random() < 0.7
        self.lengths = [draw.randint(1, self.steps) for _ in range(self.sequences)] if self.is_packed else None

    @property
    def text(self):
        return ", ".join(f"{name} {value}" for name, value in vars(self).items())


def tensors(case):
    """Returns the model, its input and PyTorch's results: the tensors of three files."""
    torch.manual_seed(case.number)
    T, N, D, L = case.steps, case.sequences, case.directions, case.layers
    P, H = case.projection or case.hidden, case.hidden
    lstm = torch.nn.LSTM(case.embedding or case.inputs, H, L, bias=case.bias, bidirectional=D == 2,
                         proj_size=case.projection)
    embedding = torch.nn.Parameter(torch.randn(case.inputs, case.embedding)) if case.embedding else None
    head = torch.nn.Linear(D * P, case.outputs) if case.outputs else None
    parameters = {case.prefix + name: value for name, value in lstm.named_parameters()}
    beside = case.prefix.rsplit(".", 2)[0] + "." if case.prefix.count(".") > 1 else ""
    if head is not None:
        parameters |= {f"{beside}head.{name}": value for name, value in head.named_parameters()}
    if embedding is not None:
        parameters[f"{beside}embedding.weight"] = embedding
    with torch.no_grad():
        for value in parameters.values():
            value.copy_(torch.randn_like(value) * 0.6)
    x = torch.randn(T, N, case.inputs, requires_grad=True)
    h0 = (torch.randn(L * D, N, P) * 0.5).requires_grad_()
    c0 = torch.randn(L * D, N, H, requires_grad=True)
    read = x if embedding is None else x @ embedding
    state = (h0, c0) if case.has_state else None
    mask = torch.ones(T, N, 1)
    if case.lengths is None:
        y, (hT, cT) = lstm(read, state)
    else:
        packed = pack_padded_sequence(read, torch.tensor(case.lengths), enforce_sorted=False)
        y, (hT, cT) = lstm(packed, state)
        y, _ = pad_packed_sequence(y, total_length=T)
        for n, length in enumerate(case.lengths):
            mask[length:, n] = 0
    if head is not None:
        y = head(y) * mask
    dy, dhT, dcT = torch.randn_like(y), torch.randn_like(hT), torch.randn_like(cT)
    ((y * dy).sum() + (hT * dhT).sum() + (cT * dcT).sum()).backward()

    io = {"x": torch.where(mask > 0, x, torch.nan), "dy": dy, "dhT": dhT, "dcT": dcT}
    expected = {"y": y, "hT": hT, "cT": cT, "dx": x.grad}
    if case.has_state:
        io |= {"h0": h0, "c0": c0}
        expected |= {"dh0": h0.grad, "dc0": c0.grad}
    if case.lengths is not None:
        io["lengths"] = torch.tensor(case.lengths)
    expected |= {f"d.{name}": value.grad for name, value in parameters.items()}
    return [{name: value.detach().clone().contiguous() for name, value in group.items()}
            for group in (parameters, io, expected)]


def difference(found, expected):
    """Returns max|a - b| / max|b| over a tensor; the divisor is at least 1e-3, because sums near 0 have rounding errors."""
    if found.shape != expected.shape:
        return float("inf")
    distance = (found - expected).abs().max().item() if found.numel() else 0.0
    return distance / max(1e-3, expected.abs().max().item()) if distance == distance else float("inf")


def check(gatewise, case, folder):
    """Returns the worst tensor of a case and its difference."""
    model, io, expected = tensors(case)
    names = [folder / f"{name}.safetensors" for name in ("model", "io", "gradients")]
    save_file(model, names[0])
    save_file(io, names[1])
    done = subprocess.run([gatewise, "gradients", names[0], "--input", names[1], "--output", names[2]],
                          capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr.strip(), float("inf")
    found = load_file(names[2])
    if missing := expected.keys() - found.keys():
        return f"no {', '.join(sorted(missing))}", float("inf")
    return max(((name, difference(found[name], value)) for name, value in expected.items()), key=lambda pair: pair[1])


def main():
    parser = argparse.ArgumentParser(prog="scripts/check/pytorch", description=__doc__.splitlines()[0])
    parser.add_argument("--gatewise", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--models", type=int, default=500, metavar="N", help="number of random models (default: 500)")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="the number of the first (default: 1)")
    options = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    failed, worst = 0, ("", 0.0, 0)
    with TemporaryDirectory() as folder:
        for number in range(options.first, options.first + options.models):
            case = Case(number)
            name, value = check(options.gatewise, case, Path(folder))
            if not value <= TOLERANCE:
                failed += 1
                print(f"{name} differs by {value:.1e}: {case.text}", flush=True)
            worst = max(worst, (name, value, number), key=lambda entry: entry[1])
    print(f"{options.models} random models beside PyTorch {torch.__version__} in float64: {failed} differ by more than "
          f"{TOLERANCE:.0e}; worst {worst[1]:.1e} ({worst[0]}, model {worst[2]})")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
