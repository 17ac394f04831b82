"""Writes the fixtures of .npz files: NumPy's files, and outputs of Keras and PyTorch. See make/keras-fixtures."""

import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import h5py
import keras
import numpy
import torch

folder = sys.argv[1]
random = numpy.random.default_rng(7)
layers = keras.layers


def path(name):
    return os.path.join(folder, name)


def arrays():
    """Every type, order and number of dimensions; element k in row-major order is k/8 - 2."""

    def numbers(*shape):
        return numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape) / 8 - 2

    return {
        "single": numbers(2, 3).astype("<f4"),
        "double": numbers(3, 2, 2),
        "half": numbers(4).astype("<f2"),
        "fortran": numpy.asfortranarray(numbers(40, 250)),
        "fortran3": numpy.asfortranarray(numbers(3, 4, 5).astype("<f4")),
        "scalar": numpy.float64(-2),
        "empty": numbers(0, 3),
        "lengths": numpy.array([3, -4]),
        "bytes": numpy.array([0, 255], dtype="u1"),
        "truth": numpy.array([True, False]),
        "nested/name:0": numbers(1),
    }


def randomized(model):
    """Returns the model with nonzero weights."""
    model.set_weights([random.uniform(-0.6, 0.6, w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


def save(name, model, x, lengths=None, one_hot=None):
    """Writes weights under three kinds of names, and time-major input and output."""
    y = keras.ops.convert_to_numpy(model(x))
    weights = model.get_weights()
    numpy.savez(path(f"{name}-paths.npz"), **dict(zip([w.path for w in model.weights], weights)))
    numpy.savez_compressed(path(f"{name}-positional.npz"), *weights)
    model.save_weights(path("temporary.weights.h5"))
    stored = {}
    with h5py.File(path("temporary.weights.h5")) as file:
        file.visititems(lambda key, item: stored.update({key: item[()]}) if isinstance(item, h5py.Dataset) else None)
    os.remove(path("temporary.weights.h5"))
    numpy.savez(path(f"{name}-vars.npz"), **stored)
    x = x if one_hot is None else numpy.eye(one_hot, dtype=y.dtype)[x]
    io = {"x": x.swapaxes(0, 1), "y": y[None] if y.ndim == 2 else y.swapaxes(0, 1)}
    if lengths is not None:
        io["lengths"] = numpy.array(lengths)
    numpy.savez(path(f"{name}-io.npz"), **io)


class Pipe:
    """A file that can only be appended to, so that sizes are written after the arrays."""

    # NumPy checks whether this exists.
    read = None

    def __init__(self, name):
        self.file = open(path(name), "wb")

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()


numpy.savez(path("stored.npz"), **arrays())
numpy.savez_compressed(path("deflated.npz"), **arrays())
numpy.savez_compressed(Pipe("streamed.npz"), **arrays())
# 20 MiB of zeros in 20 kB.
numpy.savez_compressed(path("bomb.npz"), zeros=numpy.zeros(5 << 20, "<f4"))
numpy.save(path("fortran.npy"), numpy.asfortranarray(arrays()["fortran3"]))

torch.manual_seed(7)
lstm = torch.nn.LSTM(3, 5, num_layers=2, bidirectional=True, proj_size=2, dtype=torch.float64)
numpy.savez(path("torch.npz"), **{k: v.numpy() for k, v in lstm.state_dict().items()})
x = torch.randn(6, 2, 3, dtype=torch.float64)
numpy.savez(path("torch-io.npz"), x=x.numpy(), y=lstm(x)[0].detach().numpy())

keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
x = random.normal(size=(3, 6, 3))
save("plain", randomized(keras.Sequential([keras.Input((6, 3), dtype="float64"), layers.LSTM(4, return_sequences=True)])), x)

# Gates of another kind, and no biases.
model = [
    layers.LSTM(5, return_sequences=True, use_bias=False, recurrent_activation="hard_sigmoid", activation="softsign"),
    layers.Dense(2, use_bias=False),
]
save("hard", randomized(keras.Sequential([keras.Input((6, 3), dtype="float64"), *model])), x)

# Both directions over sequences of several lengths; the outputs are taken after each one's last step.
lengths = [6, 2, 4]
x = random.normal(size=(3, 6, 3))
for n, length in enumerate(lengths):
    x[n, length:] = -9
model = [
    layers.Masking(-9.0),
    layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
    layers.Bidirectional(layers.LSTM(3)),
    layers.Dense(2),
]
save("bidirectional", randomized(keras.Sequential([keras.Input((6, 3), dtype="float64"), *model])), x, lengths)

keras.config.set_floatx("float32")
keras.config.set_dtype_policy("float32")
model = [
    layers.Embedding(7, 5),
    layers.LSTM(4, return_sequences=True),
    layers.LSTM(3, return_sequences=True),
    layers.Dense(2),
]
tokens = random.integers(0, 7, (2, 6))
save("stack", randomized(keras.Sequential([keras.Input((6,), dtype="int32"), *model])), tokens, one_hot=7)
