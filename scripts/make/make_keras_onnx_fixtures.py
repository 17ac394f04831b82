"""Writes the fixtures of GatewiseONNXTests that Keras exports through tf2onnx: keras-NAME.onnx, and keras-NAME.safetensors
with x [T, N, I] and Keras' output y.

Usage: make_keras_onnx_fixtures.py FOLDER. Needs tensorflow, tf2onnx, safetensors; `scripts/make/onnx-fixtures` has them.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
import tf2onnx
from safetensors.numpy import save_file
from tensorflow import keras


def model(bidirectional, reads_last):
    """Two layers followed by a dense one."""

    def layer(**options):
        cells = keras.layers.LSTM(4, bias_initializer="random_normal", **options)
        return keras.layers.Bidirectional(cells) if bidirectional else cells

    x = keras.Input((None, 3))
    y = layer(return_sequences=not reads_last)(layer(return_sequences=True)(x))
    return keras.Model(x, keras.layers.Dense(2, activation="softmax" if reads_last else None)(y))


def main():
    folder = Path(sys.argv[1])
    for bidirectional in (False, True):
        for reads_last in (False, True):
            name = f"keras-{'bidirectional' if bidirectional else 'forward'}-{'last' if reads_last else 'steps'}"
            keras.utils.set_random_seed(len(name))
            built = model(bidirectional, reads_last)
            signature = (tf.TensorSpec((None, None, 3), tf.float32, name="x"),)
            tf2onnx.convert.from_keras(built, input_signature=signature, opset=14, output_path=str(folder / f"{name}.onnx"))
            x = np.random.default_rng(1).standard_normal((3, 5, 3)).astype(np.float32)
            y = built(x).numpy()
            y = y[None] if reads_last else y.transpose(1, 0, 2)
            save_file({"x": np.ascontiguousarray(x.transpose(1, 0, 2)), "y": np.ascontiguousarray(y)},
                      folder / f"{name}.safetensors")
            print(name, (folder / f"{name}.onnx").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
