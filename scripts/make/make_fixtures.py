"""Writes the PyTorch fixtures of the tests: outputs, all gradients and training losses of torch.nn.LSTM.

Usage: make_fixtures.py FOLDER        (scripts/make/fixtures calls it in an environment with PyTorch)

The names and contents of the files are documented in Tests/GatewiseTests/Fixtures/README.md. Everything is drawn in
double precision from a seed per file, so the float32 file of a pair holds the same numbers, rounded.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import LSTM, Linear
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

DTYPES = {"f64": torch.float64, "f32": torch.float32}


class Source:
    """Normal random numbers from one seed, the same for either dtype except for rounding."""

    def __init__(self, seed, dtype):
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype = dtype

    def normal(self, *shape, scale=1.0):
        drawn = torch.randn(*shape, generator=self.generator, dtype=torch.float64) * scale
        return drawn.to(self.dtype)

    def integers(self, limit, *shape):
        return torch.randint(limit, shape, generator=self.generator)

    def fill(self, modules, scale):
        """Draws every parameter: `scale` is large enough to leave the linear part of the sigmoids."""
        with torch.no_grad():
            for module in modules:
                for parameter in module.parameters():
                    parameter.copy_(self.normal(*parameter.shape, scale=scale))


def named_parameters(lstm, head):
    """The parameters under the names of Gatewise's model file: PyTorch's, and `head.` before the readout's."""
    names = dict(lstm.named_parameters())
    if head is not None:
        names |= {f"head.{name}": parameter for name, parameter in head.named_parameters()}
    return names


def write(folder, name, tensors, metadata):
    """Saves detached copies, `metadata` as one JSON object (several keys would be written in random order)."""
    path = folder / f"{name}.safetensors"
    copies = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    save_file(copies, path, metadata={"fixture": json.dumps(metadata | {"torch": torch.__version__}, sort_keys=True)})
    print(f"{path.stat().st_size:>8} bytes  {path.name}  {len(copies)} tensors")


def gradients(folder, name, seed, layers, I, H, T, N, K=None, lengths=None, **options):
    """Outputs and gradients of E = sum(y*dy) + sum(hT*dhT) + sum(cT*dcT) with random incoming gradients."""
    for suffix, dtype in DTYPES.items():
        source = Source(seed, dtype)
        lstm = LSTM(I, H, layers, dtype=dtype, **options)
        D, P = 2 if lstm.bidirectional else 1, lstm.proj_size or H
        head = Linear(D * P, K, dtype=dtype) if K else None
        source.fill([lstm] + ([head] if head else []), scale=0.6)
        x = source.normal(T, N, I).requires_grad_()
        h0 = source.normal(layers * D, N, P, scale=0.5).requires_grad_()
        c0 = source.normal(layers * D, N, H).requires_grad_()
        dy = source.normal(T, N, K or D * P)
        dhT, dcT = source.normal(layers * D, N, P), source.normal(layers * D, N, H)

        if lengths is None:
            y, (hT, cT) = lstm(x, (h0, c0))
        else:
            packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
            y, (hT, cT) = lstm(packed, (h0, c0))
            y, _ = pad_packed_sequence(y, total_length=T)
        y = head(y) if head else y
        ((y * dy).sum() + (hT * dhT).sum() + (cT * dcT).sum()).backward()

        parameters = named_parameters(lstm, head)
        tensors = dict(parameters)
        tensors |= {f"d.{key}": parameter.grad for key, parameter in parameters.items()}
        tensors |= {"x": x, "h0": h0, "c0": c0, "dy": dy, "dhT": dhT, "dcT": dcT}
        tensors |= {"y": y, "hT": hT, "cT": cT, "dx": x.grad, "dh0": h0.grad, "dc0": c0.grad}
        if lengths is not None:
            tensors["lengths"] = torch.tensor(lengths, dtype=torch.int64)
        shape = {"layers": layers, "I": I, "H": H, "T": T, "N": N} | ({"K": K} if K else {})
        write(folder, f"{name}-{suffix}", tensors, shape | options | {"seed": seed})


def training(folder, name, seed, optimizer, settings, last_step, layers=2, I=6, H=8, K=6, T=7, N=4, steps=10):
    """Writes the losses of ten updates on one batch, `losses[k]` after k updates; PyTorch's second bias is zero."""
    for suffix, dtype in DTYPES.items():
        source = Source(seed, dtype)
        lstm, head = LSTM(I, H, layers, dtype=dtype), Linear(H, K, dtype=dtype)
        source.fill([lstm, head], scale=0.5)
        for key, parameter in lstm.named_parameters():
            if key.startswith("bias_hh"):
                torch.nn.init.zeros_(parameter).requires_grad_(False)
        parameters = named_parameters(lstm, head)
        x = source.normal(T, N, I)
        target = source.normal(N, K) if last_step else source.integers(K, T, N)
        tensors = {key: parameter.detach().clone() for key, parameter in parameters.items()}
        tensors |= {"x": x, "targets" if last_step else "classes": target}

        update = optimizer([p for p in parameters.values() if p.requires_grad], **settings)
        losses = []
        for _ in range(steps):
            update.zero_grad()
            y, (hT, _) = lstm(x)
            if last_step:
                loss = mse_loss(head(hT[-1]), target)
            else:
                loss = cross_entropy(head(y).reshape(T * N, K), target.reshape(T * N))
            losses.append(loss.detach())
            loss.backward()
            update.step()

        tensors["losses"] = torch.stack(losses)
        tensors |= {f"after.{key}": parameter for key, parameter in parameters.items()}
        shape = {"layers": layers, "I": I, "H": H, "K": K, "T": T, "N": N, "seed": seed}
        defaults = {key: update.defaults[key] for key in ("betas", "eps", "alpha", "weight_decay", "momentum", "lr")
                    if key in update.defaults}
        loss_name = "mse, last step, mean over N*K" if last_step else "softmax cross-entropy, mean over T*N"
        metadata = shape | defaults | {"optimizer": optimizer.__name__, "loss": loss_name, "steps": steps}
        write(folder, f"{name}-{suffix}", tensors, metadata)


def main(folder):
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = False  # the plain kernels: oneDNN's differ in the last bits between processors
    folder.mkdir(parents=True, exist_ok=True)

    gradients(folder, "lstm-l1", seed=1, layers=1, I=4, H=5, T=5, N=3)
    gradients(folder, "lstm-l2", seed=2, layers=2, I=5, H=7, T=5, N=3)
    gradients(folder, "lstm-l3", seed=3, layers=3, I=3, H=17, T=6, N=3)
    gradients(folder, "packed-l2", seed=4, layers=2, I=4, H=6, T=6, N=5, lengths=[4, 6, 1, 5, 4])
    gradients(folder, "head-l2", seed=5, layers=2, I=4, H=6, T=5, N=3, K=3)
    gradients(folder, "bidirectional-l2", seed=6, layers=2, I=4, H=5, T=6, N=4, lengths=[3, 6, 1, 5], bidirectional=True)
    gradients(folder, "projection-l2", seed=7, layers=2, I=4, H=6, T=5, N=3, proj_size=3)
    gradients(folder, "bidirectional-projection-l2", seed=8, layers=2, I=3, H=5, T=6, N=4, lengths=[2, 6, 1, 4],
              bidirectional=True, proj_size=3)
    gradients(folder, "nobias-bidirectional-l1", seed=9, layers=1, I=4, H=5, T=5, N=3, bias=False, bidirectional=True)

    adam, adamw, sgd, rmsprop = torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD, torch.optim.RMSprop
    training(folder, "train-adam", 11, adam, {"lr": 0.01}, last_step=False)
    training(folder, "train-adamw", 12, adamw, {"lr": 0.01, "weight_decay": 0.1}, last_step=False)
    training(folder, "train-sgd", 13, sgd, {"lr": 0.05, "momentum": 0.9}, last_step=True)
    training(folder, "train-rmsprop", 14, rmsprop, {"lr": 0.01}, last_step=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
