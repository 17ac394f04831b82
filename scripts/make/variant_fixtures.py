"""Writes the fixtures of variants that torch.nn.LSTM does not have, with torch's autograd on plain formulas.

Usage: variant_fixtures.py FOLDER     (scripts/make/fixtures calls it in an environment with PyTorch)

The names and contents of the files are documented in Tests/GatewiseTests/Fixtures/README.md. Sequences and steps are
computed one after the other, whole rows at once; only float64.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional

from make_fixtures import Source, write

SQUASH = {
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "identity": lambda x: x,
    "softsign": functional.softsign,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "hardSigmoid(0.2, 0.5)": lambda x: (0.2 * x + 0.5).clamp(0, 1),
    "leakyReLU(0.1)": lambda x: functional.leaky_relu(x, 0.1),
    "elu(0.7)": lambda x: functional.elu(x, 0.7),
    "scaledTanh(1.7, 0.6)": lambda x: 1.7 * torch.tanh(0.6 * x),
    "thresholdedReLU(0.1)": lambda x: functional.threshold(x, 0.1, 0.0),
    "affine(0.5, 0.1)": lambda x: 0.5 * x + 0.1,
}
GATES = {"inputAndForget": "ifo", "inputOnly": "io", "keepInput": "io", "keepForget": "fo"}


@dataclass(frozen=True)
class Variant:
    levels: int = 2
    I: int = 3
    H: int = 4
    T: int = 5
    N: int = 3
    lengths: tuple = (3, 5, 0)
    K: int | None = None
    reads_last_step_only: bool = False
    sees_input: bool = False
    bidirectional: bool = False
    P: int | None = None
    projection_clip: float | None = None
    peepholes: bool = False
    S: int = 1
    gating: str = "inputAndForget"
    gates_feed_back: bool = False
    gate_squash: str = "logistic"
    g: str = "tanh"
    h: str = "tanh"
    pre_activation_clip: float | None = None
    cell_clip: float | None = None
    norm: str | None = None
    residual: bool = False
    M: int | None = None
    masks: tuple = ()
    scale: float = 0.6

    @property
    def D(self):
        return 2 if self.bidirectional else 1

    @property
    def width(self):
        return self.P or self.H

    def columns(self):
        """Returns the rows of each gate in a weight, in the order i, f, g, o."""
        blocks, place, found = self.H // self.S, 0, {}
        for net in "ifgo":
            if net == "g" or net in GATES[self.gating]:
                size = self.H if net == "g" else blocks
                found[net] = slice(place, place + size)
                place += size
        return found, place

    def inputs(self, level):
        return self.D * self.width if level else self.M or self.I

    def names(self):
        """Returns every parameter's name and shape."""
        C, H, P, gates = self.columns()[1], self.H, self.width, len(GATES[self.gating])
        found = {"embedding.weight": (self.I, self.M)} if self.M else {}
        for level in range(self.levels):
            for end in ["", "_reverse"][: self.D]:
                own = {"weight_ih": (C, self.inputs(level)), "weight_hh": (C, P), "bias_ih": (C,)}
                if self.gates_feed_back:
                    own["weight_gh"] = (C, gates * H // self.S)
                if self.peepholes:
                    own["peephole"] = (gates, H)
                if self.P:
                    own["weight_hr"] = (P, H)
                if self.norm == "gates":
                    own["norm_gain"] = (C,)
                if self.norm == "productsAndCell":
                    own |= {"norm_input_gain": (C,), "norm_recurrent_gain": (C,)}
                    own |= {"norm_cell_gain": (H,), "norm_cell_bias": (H,)}
                found |= {f"{name}_l{level}{end}": shape for name, shape in own.items()}
        if self.K:
            found |= {"head.weight": (self.K, self.D * P), "head.bias": (self.K,)}
            if self.sees_input:
                found["head.input_weight"] = (self.K, self.I)
        return found

    def mask_shapes(self):
        T, N, P, C = self.T, self.N, self.width, self.columns()[1]
        levels, layers = range(self.levels), range(self.levels * self.D)
        shapes = {f"mask.betweenLayers.{l}": (T, N, self.inputs(l)) for l in levels if l}
        shapes |= {f"mask.input.{l}": (N, self.inputs(l)) for l in levels}
        shapes |= {f"mask.recurrent.{k}": (N, P) for k in layers}
        shapes |= {f"mask.recurrentWeights.{k}": (P, C) for k in layers}
        shapes |= {f"mask.zoneoutCell.{k}": (T, N, self.H) for k in layers}
        shapes |= {f"mask.zoneoutHidden.{k}": (T, N, P) for k in layers}
        return {name: shape for name, shape in shapes.items() if name.split(".")[1] in self.masks}


def bounded(x, clip):
    return x if clip is None else x.clamp(-clip, clip)


def layer(v, p, masks, k, n, rows, y, c):
    """Returns the outputs of layer k over the rows of sequence n, each with its step; and the last y and c."""
    nets, C = v.columns()
    end = f"_l{k // v.D}" + ("_reverse" if k % v.D else "")
    gates = {net: torch.zeros(v.H // v.S, dtype=torch.float64) for net in GATES[v.gating]}
    R, bias = p["weight_hh" + end], p["bias_ih" + end]
    if "recurrentWeights" in v.masks:
        R = R * masks[f"mask.recurrentWeights.{k}"].T
    outputs = {}
    for t, x in rows:
        seen = y * masks[f"mask.recurrent.{k}"][n] if "recurrent" in v.masks else y
        from_input, recurrent = p["weight_ih" + end] @ x, R @ seen
        if v.gates_feed_back:
            recurrent = recurrent + p["weight_gh" + end] @ torch.cat([gates[net] for net in GATES[v.gating]])
        if v.norm == "productsAndCell":
            from_input = functional.layer_norm(from_input, [C]) * p["norm_input_gain" + end]
            recurrent = functional.layer_norm(recurrent, [C]) * p["norm_recurrent_gain" + end]
        total = from_input + recurrent

        def net(name, cell=None):
            own, columns = total[nets[name]], nets[name]
            if v.peepholes and cell is not None:
                weights = p["peephole" + end][GATES[v.gating].index(name)]
                own = own + (weights * cell).view(-1, v.S).sum(1)
            if v.norm == "gates":
                own = functional.layer_norm(own, [own.numel()]) * p["norm_gain" + end][columns]
            return bounded(own + bias[columns], v.pre_activation_clip)

        def opened(name, cell):
            gates[name] = SQUASH[v.gate_squash](net(name, cell))
            return gates[name].repeat_interleave(v.S)

        i = opened("i", c) if "i" in nets else None
        f = opened("f", c) if "f" in nets else None
        if i is None:
            i = 1 - f
        if f is None:
            f = 1 - i if v.gating == "keepInput" else torch.ones(v.H, dtype=torch.float64)
        new = bounded(f * c + i * SQUASH[v.g](net("g")), v.cell_clip)
        o = opened("o", new)
        shown = new
        if v.norm == "productsAndCell":
            shown = functional.layer_norm(new, [v.H], p["norm_cell_gain" + end], p["norm_cell_bias" + end])
        out = o * SQUASH[v.h](bounded(shown, v.pre_activation_clip))
        if v.P:
            out = bounded(p["weight_hr" + end] @ out, v.projection_clip)
        if "zoneoutHidden" in v.masks:
            z = masks[f"mask.zoneoutHidden.{k}"][t, n]
            out = z * y + (1 - z) * out
        if "zoneoutCell" in v.masks:
            z = masks[f"mask.zoneoutCell.{k}"][t, n]
            new = z * c + (1 - z) * new
        y, c = out, new
        outputs[t] = y
    return outputs, y, c


def forward(v, p, masks, x, h0, c0):
    """Returns y, hT and cT of all sequences."""
    wide = v.K or v.D * v.width
    y = [[torch.zeros(wide, dtype=torch.float64)] * v.N for _ in range(1 if v.reads_last_step_only else v.T)]
    hT, cT = [list(row) for row in h0], [list(row) for row in c0]
    for n, length in enumerate(v.lengths):
        rows = [x[t, n] @ p["embedding.weight"] if v.M else x[t, n] for t in range(length)]
        for level in range(v.levels):
            below, read = rows, rows
            if level and "betweenLayers" in v.masks:
                read = [row * masks[f"mask.betweenLayers.{level}"][t, n] for t, row in enumerate(read)]
            if "input" in v.masks:
                read = [row * masks[f"mask.input.{level}"][n] for row in read]
            parts = []
            for k in range(level * v.D, (level + 1) * v.D):
                order = list(enumerate(read))[:: -1 if k % v.D else 1]
                outputs, hT[k][n], cT[k][n] = layer(v, p, masks, k, n, order, h0[k, n], c0[k, n])
                parts.append(outputs)
            rows = [torch.cat([part[t] for part in parts]) for t in range(length)]
            if level and v.residual:
                rows = [own + input for own, input in zip(rows, below)]
        if v.reads_last_step_only:
            last = torch.cat([hT[k][n] for k in range((v.levels - 1) * v.D, v.levels * v.D)])
            y[0][n] = p["head.weight"] @ last + p["head.bias"]
            continue
        for t in range(length):
            if v.K:
                y[t][n] = p["head.weight"] @ rows[t] + p["head.bias"]
                if v.sees_input:
                    y[t][n] = y[t][n] + p["head.input_weight"] @ x[t, n]
            else:
                y[t][n] = rows[t]
    return torch.stack([torch.stack(row) for row in y]), *(torch.stack([torch.stack(s) for s in a]) for a in (hT, cT))


def fixture(folder, name, seed, v):
    """Writes outputs and gradients of E = sum(y*dy) + sum(hT*dhT) + sum(cT*dcT) with random incoming gradients."""
    source = Source(seed, torch.float64)
    layers, T, N = v.levels * v.D, v.T, v.N
    p = {key: source.normal(*shape, scale=v.scale) for key, shape in v.names().items()}
    masks = {}
    for key, shape in v.mask_shapes().items():
        if "zoneout" in key:
            masks[key] = torch.rand(shape, generator=source.generator, dtype=torch.float64)
        else:
            masks[key] = source.integers(4, *shape).clamp(max=1).to(torch.float64) / 0.75
    x = source.normal(T, N, v.I)
    h0, c0 = source.normal(layers, N, v.width, scale=0.5), source.normal(layers, N, v.H)
    dy = source.normal(1 if v.reads_last_step_only else T, N, v.K or v.D * v.width)
    dhT, dcT = source.normal(layers, N, v.width), source.normal(layers, N, v.H)
    for tensor in [*p.values(), x, h0, c0]:
        tensor.requires_grad_()

    y, hT, cT = forward(v, p, masks, x, h0, c0)
    ((y * dy).sum() + (hT * dhT).sum() + (cT * dcT).sum()).backward()

    tensors = p | {f"d.{key}": parameter.grad for key, parameter in p.items()} | masks
    tensors |= {"x": x, "h0": h0, "c0": c0, "dy": dy, "dhT": dhT, "dcT": dcT}
    tensors |= {"y": y, "hT": hT, "cT": cT, "dx": x.grad, "dh0": h0.grad, "dc0": c0.grad}
    tensors["lengths"] = torch.tensor(v.lengths, dtype=torch.int64)
    options = {key: value for key, value in vars(v).items() if value != getattr(Variant(), key)}
    write(folder, f"variant-{name}-f64", tensors, {"layers": v.levels, "I": v.I, "H": v.H, "T": T, "N": N} | options)


def main(folder):
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    hard = dict(gate_squash="hardSigmoid(0.2, 0.5)", peepholes=True, scale=1.0)
    fixture(folder, "norm-gates", 21, Variant(norm="gates", peepholes=True))
    fixture(folder, "norm-gates-blocks", 22, Variant(
        levels=1, norm="gates", H=6, S=2, peepholes=True, gates_feed_back=True, gating="keepForget"))
    fixture(folder, "norm-products", 23, Variant(norm="productsAndCell", peepholes=True, P=3))
    fixture(folder, "norm-products-feedback", 24, Variant(
        levels=1, norm="productsAndCell", gates_feed_back=True, bidirectional=True))
    fixture(folder, "zoneout", 25, Variant(masks=("zoneoutCell", "zoneoutHidden"), peepholes=True, P=3))
    fixture(folder, "dropout", 26, Variant(
        masks=("betweenLayers", "input", "recurrent", "recurrentWeights"), bidirectional=True, H=3))
    fixture(folder, "clips", 27, Variant(
        pre_activation_clip=0.6, cell_clip=0.8, projection_clip=0.4, P=3, peepholes=True, scale=1.0))
    fixture(folder, "residual", 28, Variant(levels=3, H=3, residual=True, bidirectional=True))
    fixture(folder, "embedding", 29, Variant(levels=1, I=6, M=3, K=4, sees_input=True))
    fixture(folder, "last-step", 30, Variant(levels=1, bidirectional=True, K=2, reads_last_step_only=True))
    fixture(folder, "cifg-keep-input", 31, Variant(gating="keepInput", g="softsign", h="elu(0.7)", **hard))
    fixture(folder, "cifg-keep-forget", 32, Variant(
        gating="keepForget", g="leakyReLU(0.1)", h="scaledTanh(1.7, 0.6)", **hard))
    fixture(folder, "squashes", 33, Variant(
        gating="inputOnly", gate_squash="affine(0.5, 0.1)", g="softplus", h="thresholdedReLU(0.1)", lengths=(4, 2, 5)))
    fixture(folder, "everything", 34, Variant(
        H=6, P=2, bidirectional=True, S=2, gates_feed_back=True, peepholes=True, norm="gates", residual=True, M=3, K=2,
        sees_input=True, pre_activation_clip=1.2, cell_clip=0.9, projection_clip=0.6, T=4, lengths=(3, 4, 0),
        masks=("betweenLayers", "input", "recurrent", "recurrentWeights", "zoneoutCell", "zoneoutHidden")))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
