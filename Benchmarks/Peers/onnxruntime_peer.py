"""ONNX Runtime: a graph of LSTM nodes, its gates in ONNX's order i, o, f, c. Inference only."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import worker


def gates(weights):
    """[4H, …] of each direction in PyTorch's order i, f, g, o as [D, 4H, …] in ONNX's i, o, f, c."""
    return np.stack([np.concatenate([i, o, f, g]) for i, f, g, o in (np.split(part, 4) for part in weights)])


def graph(row, model):
    """x [T, N, I] to y [T, N, D·H]; for steps also every layer's state, [1, N, H], in and out."""
    N, I, H = row.batch, row.inputSize, row.hiddenSize
    kind = TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info("x", kind, ["T", N, I])]
    # y of a node is [T, D, N, H]: the directions are moved beside the units.
    outputs, nodes, constants = [], [], {"shape": np.array([0, 0, -1])}
    below = "x"
    for l in range(row.layers):
        ends = row.suffixes[l * row.directions : (l + 1) * row.directions]

        def directions(name):
            return gates([model[name + end] for end in ends])

        constants |= {f"W{l}": directions("weight_ih"), f"R{l}": directions("weight_hh"),
                      f"B{l}": np.concatenate([directions("bias_ih"), directions("bias_hh")], axis=1)}
        before, after = ([f"h{l}", f"c{l}"], [f"hT{l}", f"cT{l}"]) if row.mode == "step" else ([], [])
        inputs += [helper.make_tensor_value_info(name, kind, [1, N, H]) for name in before]
        outputs += [helper.make_tensor_value_info(name, kind, [1, N, H]) for name in after]
        above = f"y{l}" if l + 1 < row.layers else "y"
        nodes += [helper.make_node("LSTM", [below, f"W{l}", f"R{l}", f"B{l}"] + ([""] + before if before else []),
                                   [f"Y{l}"] + after, hidden_size=H,
                                   direction="bidirectional" if row.directions == 2 else "forward"),
                  helper.make_node("Transpose", [f"Y{l}"], [f"Z{l}"], perm=[0, 2, 1, 3]),
                  helper.make_node("Reshape", [f"Z{l}", "shape"], [above])]
        below = above
    outputs.insert(0, helper.make_tensor_value_info("y", kind, ["T", N, row.outputSize]))
    initializers = [numpy_helper.from_array(values, name) for name, values in constants.items()]
    built = helper.make_graph(nodes, "lstm", inputs, outputs, initializers)
    return helper.make_model(built, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


class ONNXRuntime:
    def __init__(self, row, threads, model, io):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.session = onnxruntime.InferenceSession(
            graph(row, model).SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.row, self.x = row, io["x"]
        zeros = np.zeros((1, row.batch, row.hiddenSize), row.dtype)
        names = [f"{part}{l}" for l in range(row.layers) for part in "hc"] if row.mode == "step" else []
        self.state = {name: zeros for name in names}
        self.run = self.step if row.mode == "step" else self.infer

    def infer(self):
        return self.session.run(["y"], {"x": self.x})[0]

    def step(self, t=0):
        y, *state = self.session.run(None, {"x": self.x[t : t + 1]} | self.state)
        self.state = dict(zip(self.state, state))
        return y

    def check(self):
        if self.row.mode == "step":
            return {"y": np.concatenate([self.step(t) for t in range(len(self.x))])}
        return {"y": self.infer()}


if __name__ == "__main__":
    worker.main(ONNXRuntime, "onnxruntime")
