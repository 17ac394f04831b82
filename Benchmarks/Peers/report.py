"""Figures from raw rounds, and the tables of them."""

from statistics import geometric_mean, median, quantiles

NAMES = {"pytorch": "PyTorch", "onnxruntime": "ONNX Runtime", "jax": "JAX"}


def three(values):
    """First quartile, median and third."""
    return tuple(quantiles(values, n=4, method="inclusive")) if len(values) > 1 else (values[0],) * 3


class Figures:
    """What the rounds of a row at one number of threads come to."""

    def __init__(self, record):
        self.row, self.threads = record["row"], record["threads"]
        self.steal, self.others = record["steal"], record["others"]
        self.rounds = len(record["seconds"]["gatewise"])
        own, operations = record["seconds"]["gatewise"], self.row["operations"]
        self.gflops = {name: median(operations / s * 1e-9 for s in seconds)
                       for name, seconds in record["seconds"].items()}
        # Gatewise's speed over the peer's, round by round.
        self.ratios = {peer: three([theirs / ours for ours, theirs in zip(own, seconds)])
                       for peer, seconds in record["seconds"].items() if peer != "gatewise"}
        self.share = three([operations / s * 1e-9 / sgemm for s, sgemm in zip(own, record["sgemm"])])
        self.sgemm = median(record["sgemm"])
        self.peak = record["peak"]
        self.agreement = max(record["differences"].values(), default=0.0)

    @property
    def best_peer(self):
        """The peer that comes closest, or is ahead."""
        return min(self.ratios, key=lambda peer: self.ratios[peer][1]) if self.ratios else None

    @property
    def is_dense_float(self):
        return self.row["mode"] != "step" and self.row["dtype"] == "float32" and not self.row["lengths"]


def line(figures):
    """A row for the terminal."""
    ratios = "  ".join(f"{NAMES[peer]} {middle:.2f}x ({low:.2f}-{high:.2f})"
                       for peer, (low, middle, high) in figures.ratios.items())
    return (f"{figures.row['name']:<34} {figures.threads} thr  {figures.gflops['gatewise']:6.1f} GF/s  "
            f"{figures.share[1]:4.0%} of SGEMM  {ratios}  agree {figures.agreement:.0e}  stolen {figures.steal:.0%}, "
            f"others {figures.others:.0%}")


def summary(all_figures):
    """Sentences over the whole grid: geometric means, the worst row, what a second thread gains."""
    sentences = []
    for threads in sorted({figures.threads for figures in all_figures}):
        own = [figures for figures in all_figures if figures.threads == threads]
        for mode, name in (("train", "Training"), ("infer", "Inference")):
            dense = [figures for figures in own if figures.is_dense_float and figures.row["mode"] == mode]
            peers = sorted({peer for figures in dense for peer in figures.ratios}, key=list(NAMES).index)
            means = [(peer, [figures.ratios[peer][1] for figures in dense if peer in figures.ratios])
                     for peer in peers]
            if means:
                said = ", ".join(f"{NAMES[peer]} {geometric_mean(ratios):.2f}" for peer, ratios in means)
                best = geometric_mean([min(r[1] for r in figures.ratios.values()) for figures in dense])
                sentences.append(f"{name}, {threads} thread{'s' * (threads > 1)}, geometric mean of {len(dense)} rows: "
                                 f"{said}; the best peer of each row {best:.2f}.")
        beside = [figures for figures in own if figures.ratios]
        if beside:
            worst = min(beside, key=lambda figures: figures.ratios[figures.best_peer][1])
            sentences.append(f"The worst row with {threads} thread{'s' * (threads > 1)}: {worst.row['name']}, "
                             f"{worst.ratios[worst.best_peer][1]:.2f} of {NAMES[worst.best_peer]}.")
    return sentences + scaling(all_figures)


def scaling(all_figures):
    """What two threads gain on rows of 16 sequences and more, beside what SGEMM gains."""
    by_threads = {threads: {figures.row["name"]: figures for figures in all_figures if figures.threads == threads}
                  for threads in (1, 2)}
    names = [name for name, figures in by_threads[2].items() if name in by_threads[1] and figures.row["batch"] >= 16]
    if not names:
        return []
    pairs = [(by_threads[1][name], by_threads[2][name]) for name in names]
    gains = [two.gflops["gatewise"] / one.gflops["gatewise"] for one, two in pairs]
    sgemm = geometric_mean([two.sgemm / one.sgemm for one, two in pairs])
    return [f"Two threads against one on the {len(names)} rows with N >= 16: {geometric_mean(gains):.2f} times as fast "
            f"({min(gains):.2f} to {max(gains):.2f}); SGEMM in the same rounds {sgemm:.2f} times."]
