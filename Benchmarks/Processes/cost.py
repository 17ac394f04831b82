"""The model of the book's article ManyMachines: what an update costs on n processes."""


class Network:
    """α, the seconds from one process to the next, and β, the bytes a second between them."""

    def __init__(self, latency, bandwidth):
        self.latency, self.bandwidth = latency, bandwidth

    def ring(self, size, ranks):
        """Seconds of a ring's all-reduce: 2(n-1) messages one after the other, of an nth of the bytes each."""
        return 2 * (ranks - 1) * (self.latency + size / ranks / self.bandwidth)

    @classmethod
    def fitted(cls, sums, ranks):
        """From pairs of bytes and seconds, by least squares of the relative errors."""
        rows = [(2 * (ranks - 1) / seconds, 2 * (ranks - 1) / ranks * size / seconds) for size, seconds in sums]
        xx, xy, yy = (sum(row[i] * row[j] for row in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
        x, y = (sum(row[i] for row in rows) for i in (0, 1))
        determinant = xx * yy - xy * xy
        latency, inverse = (x * yy - y * xy) / determinant, (y * xx - x * xy) / determinant
        return cls(max(latency, 0), 1 / inverse)


class Work:
    """What one process does for an update of N sequences: `fixed` + `each` · N seconds."""

    def __init__(self, layers, hidden, batch, window, seconds):
        self.layers, self.hidden, self.batch, self.window = layers, hidden, batch, window
        count = len(seconds)
        mean = sum(seconds) / count
        time = sum(seconds.values()) / count
        self.each = (sum((n - mean) * (t - time) for n, t in seconds.items())
                     / sum((n - mean) ** 2 for n in seconds))
        self.fixed = max(0, time - self.each * mean)

    @property
    def bytes_each(self):
        """Of the gradient of a layer, in Float; what the lowest one reads is left out."""
        return 4 * 8 * self.hidden * self.hidden

    def seconds(self, sequences):
        return self.fixed + self.each * sequences

    def scaled(self, layers, hidden, speed):
        """Of another model, by its products, on a node that is faster."""
        other = Work.__new__(Work)
        other.layers, other.hidden, other.batch, other.window = layers, hidden, self.batch, self.window
        factor = layers * hidden ** 2 / (self.layers * self.hidden ** 2) / speed
        other.fixed, other.each = self.fixed * factor, self.each * factor
        return other


class Cost:
    """Work on a network."""

    def __init__(self, work, network):
        self.work, self.network = work, network

    def waiting(self, ranks, compute, overlaps=True):
        """Seconds that a process waits for sums: those of the lowest layer, what the backward pass of the layers below does
        not hide of the others', and of the two numbers that say how much counts and how large the loss is."""
        if ranks == 1:
            return 0
        layer = self.network.ring(self.work.bytes_each, ranks)
        above = (self.work.layers - 1) * layer
        # The backward pass takes two thirds of the time.
        hidden = 2 / 3 * compute * (self.work.layers - 1) / self.work.layers if overlaps else 0
        return layer + max(0, above - hidden) + 2 * self.network.ring(16, ranks)

    def update(self, ranks, sequences, slower=1, overlaps=True):
        """Seconds of an update, of so many sequences in each process, which shares its machine with others."""
        compute = self.work.seconds(sequences) * slower
        return compute + self.waiting(ranks, compute, overlaps)

    def efficiency(self, ranks, sequences, overlaps=True):
        """The share of its speed alone that each process keeps, with so many sequences each."""
        return self.work.seconds(sequences) / self.update(ranks, sequences, overlaps=overlaps)
