"""The model of the book's article ManyMachines: the cost of an update on n processes."""


class Network:
    """α, the seconds from one process to the next, and β, the bytes per second between them."""

    def __init__(self, latency, bandwidth):
        self.latency, self.bandwidth = latency, bandwidth

    def ring(self, size, ranks):
        """Returns the seconds of a ring all-reduce: 2(n-1) successive messages, each of an nth of the bytes."""
        return 2 * (ranks - 1) * (self.latency + size / ranks / self.bandwidth)

    @classmethod
    def fitted(cls, sums, ranks):
        """Fits a network to pairs of bytes and seconds, by least squares of the relative errors."""
        rows = [(2 * (ranks - 1) / seconds, 2 * (ranks - 1) / ranks * size / seconds) for size, seconds in sums]
        xx, xy, yy = (sum(row[i] * row[j] for row in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
        x, y = (sum(row[i] for row in rows) for i in (0, 1))
        determinant = xx * yy - xy * xy
        latency, inverse = (x * yy - y * xy) / determinant, (y * xx - x * xy) / determinant
        return cls(max(latency, 0), 1 / inverse)


class Work:
    """The work of one process for an update of N sequences: `fixed` + `each` · N seconds."""

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
        """Returns the bytes of a layer's gradient, in Float; the lowest layer's input weights are omitted."""
        return 4 * 8 * self.hidden * self.hidden

    def seconds(self, sequences):
        return self.fixed + self.each * sequences

    def scaled(self, layers, hidden, speed):
        """Returns the work of another model, by its products, on a faster node."""
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
        """Returns the seconds that a process waits for sums: those of the lowest layer, those of the others that the
        backward pass of the layers below does not hide, and those of the two numbers for the count and the loss."""
        if ranks == 1:
            return 0
        layer = self.network.ring(self.work.bytes_each, ranks)
        above = (self.work.layers - 1) * layer
        # The backward pass takes two thirds of the time.
        hidden = 2 / 3 * compute * (self.work.layers - 1) / self.work.layers if overlaps else 0
        return layer + max(0, above - hidden) + 2 * self.network.ring(16, ranks)

    def update(self, ranks, sequences, slower=1, overlaps=True):
        """Returns the seconds of an update, for some sequences in each process, which shares its machine with others."""
        compute = self.work.seconds(sequences) * slower
        return compute + self.waiting(ranks, compute, overlaps)

    def efficiency(self, ranks, sequences, overlaps=True):
        """Returns each process's speed relative to its speed alone, for some sequences each."""
        return self.work.seconds(sequences) / self.update(ranks, sequences, overlaps=overlaps)
