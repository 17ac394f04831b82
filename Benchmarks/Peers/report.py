"""The terminal output of a run: a line per row, and the summary."""

from statistics import geometric_mean

NAMES = {"pytorch": "PyTorch", "onnxruntime": "ONNX Runtime", "jax": "JAX"}


def line(figures):
    """Returns a row for the terminal."""
    ratios = "  ".join(f"{NAMES[peer]} {middle:.2f}x ({low:.2f}-{high:.2f})"
                       for peer, (low, middle, high) in figures.ratios.items())
    return (f"{figures.row['name']:<34} {figures.threads} thr  {figures.gflops:6.1f} GF/s  "
            f"{figures.share[1]:4.0%} of SGEMM  {ratios}  agree {figures.agreement:.0e}  stolen {figures.steal:.0%}, "
            f"others {figures.others:.0%}")


def count(threads):
    return f"{threads} thread{'s' * (threads > 1)}"


def means(all_figures, threads, mode, name):
    """Returns the geometric means of the ratios to each peer, and to the best peer of each row."""
    dense = [figures for figures in all_figures
             if figures.threads == threads and figures.is_dense_float and figures.row["mode"] == mode and figures.ratios]
    if not dense:
        return []
    peers = [peer for peer in NAMES if any(peer in figures.ratios for figures in dense)]
    said = [f"{NAMES[peer]} {geometric_mean([f.ratios[peer][1] for f in dense if peer in f.ratios]):.2f}"
            for peer in peers]
    best = geometric_mean([figures.ratios[figures.best_peer][1] for figures in dense])
    return [f"{name}, {count(threads)}, geometric mean over {len(dense)} rows in float32: {', '.join(said)}; beside the "
            f"best peer of each row {best:.2f}."]


def worst(all_figures, threads):
    beside = [figures for figures in all_figures if figures.threads == threads and figures.ratios]
    if not beside:
        return []
    row = min(beside, key=lambda figures: figures.ratios[figures.best_peer][1])
    return [f"The worst row, {count(threads)}: {row.row['name']}, {row.ratios[row.best_peer][1]:.2f} beside "
            f"{NAMES[row.best_peer]}."]


def scaling(all_figures):
    """Returns the speedup by two threads on rows of 16 sequences and more, and that of SGEMM."""
    by_threads = {threads: {figures.row["name"]: figures for figures in all_figures if figures.threads == threads}
                  for threads in (1, 2)}
    names = [name for name, figures in by_threads[2].items() if name in by_threads[1] and figures.row["batch"] >= 16]
    if not names:
        return []
    pairs = [(by_threads[1][name], by_threads[2][name]) for name in names]
    gains = [two.gflops / one.gflops for one, two in pairs]
    sgemm = geometric_mean([two.sgemm / one.sgemm for one, two in pairs])
    return [f"Two threads against one, geometric mean over {len(names)} rows with N ≥ 16: {geometric_mean(gains):.2f} "
            f"times as fast ({min(gains):.2f} to {max(gains):.2f}); SGEMM in the same rounds {sgemm:.2f} times."]


def summary(all_figures):
    """Returns sentences about the whole grid."""
    sentences = []
    for threads in sorted({figures.threads for figures in all_figures}):
        sentences += means(all_figures, threads, "train", "Training")
        sentences += means(all_figures, threads, "infer", "Inference")
        sentences += worst(all_figures, threads)
    return sentences + scaling(all_figures)
