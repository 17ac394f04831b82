"""torch.nn.LSTM, with oneDNN where PyTorch uses it by itself."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import worker


class PyTorch:
    def __init__(self, row, threads, model, io):
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        self.row = row
        self.lstm = torch.nn.LSTM(row.inputSize, row.hiddenSize, row.layers, dtype=getattr(torch, row.dtype),
                                  bidirectional=row.directions == 2, proj_size=row.projectionSize or 0)
        self.lstm.load_state_dict({name: torch.from_numpy(values) for name, values in model.items()})
        self.io = {name: torch.from_numpy(values) for name, values in io.items()}
        self.x = self.io["x"]
        self.state = None
        self.run = {"train": self.train, "infer": self.infer, "step": self.step}[row.mode]

    def forward(self):
        if self.row.lengths is None:
            return self.lstm(self.x)[0]
        packed = pack_padded_sequence(self.x, self.io["lengths"], enforce_sorted=False)
        return pad_packed_sequence(self.lstm(packed)[0], total_length=self.row.window)[0]

    def train(self):
        self.lstm.zero_grad(set_to_none=True)
        y = self.forward()
        y.backward(self.io["dy"])
        return y

    def touch(self):
        """Runs a minimal training step: it allocates what a library creates once, and nothing for the row."""
        self.lstm(self.x[:1, :1])[0].backward(self.io["dy"][:1, :1])
        self.lstm.zero_grad(set_to_none=True)

    def infer(self):
        with torch.inference_mode():
            return self.forward()

    def step(self, t=0):
        with torch.inference_mode():
            y, self.state = self.lstm(self.x[t : t + 1], self.state)
        return y

    def check(self):
        if self.row.mode == "step":
            return {"y": torch.cat([self.step(t) for t in range(len(self.x))]).numpy()}
        tensors = {"y": self.run().detach().numpy()}
        if self.row.mode == "train":
            tensors |= {f"d.{name}": weights.grad.numpy() for name, weights in self.lstm.named_parameters()}
        return tensors


if __name__ == "__main__":
    worker.main(PyTorch, "pytorch")
