"""JAX: the same LSTM by lax.scan, the input part of all steps in one product before it, compiled by jit."""

import os
import sys

# XLA sizes its pools by the processors that the process may use, and only before it starts.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])

import jax
import jax.numpy as jnp
import numpy as np

import worker

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)


def layer(weights, x):
    """Maps x [T, N, I] to y [T, N, H], with a zero initial state."""
    W, R, bias, other = weights
    N, H = x.shape[1], R.shape[1]

    def step(state, z):
        y, c = state
        i, f, g, o = jnp.split(z + y @ R.T, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        y = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (y, c), y

    zeros = jnp.zeros((N, H), x.dtype)
    return jax.lax.scan(step, (zeros, zeros), x @ W.T + (bias + other))[1]


def forward(parameters, x):
    for weights in parameters:
        x = layer(weights, x)
    return x


def train(parameters, x, dy):
    y, back = jax.vjp(lambda weights: forward(weights, x), parameters)
    return y, back(dy)[0]


class JAX:
    def __init__(self, row, threads, model, io):
        self.names = [[f"{kind}_l{l}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
                      for l in range(row.layers)]
        parameters = [[jnp.asarray(model[name]) for name in names] for names in self.names]
        self.mode = row.mode
        self.arguments = [parameters, jnp.asarray(io["x"])] + ([jnp.asarray(io["dy"])] if row.mode == "train" else [])
        self.function = jax.jit(train if row.mode == "train" else forward)

    def run(self):
        return jax.block_until_ready(self.function(*self.arguments))

    def check(self):
        if self.mode == "infer":
            return {"y": np.asarray(self.run())}
        y, gradients = self.run()
        named = [(f"d.{name}", values) for group in zip(self.names, gradients) for name, values in zip(*group)]
        return {"y": np.asarray(y)} | {name: np.asarray(values) for name, values in named}


if __name__ == "__main__":
    worker.main(JAX, "jax")
