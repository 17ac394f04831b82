"""The results as Markdown, for the terminal and between two marks in the book's article Performance."""

from pathlib import Path
from statistics import median

import numpy as np

import about
from report import NAMES, summary

BEGIN, END = "<!-- scripts/compare begins -->", "<!-- scripts/compare ends -->"
IMAGES = """![Speed relative to the best other engine, row by row](compare-ratio.svg)

![Share of the speed of SGEMM, row by row, with the peak](compare-share.svg)"""
MODES = {"train": "training", "infer": "inference", "step": "one step"}


def label(row):
    """For example `L2 H256 N64 T64, float64`; `L2x2` is bidirectional, `H512:128` is projected."""
    inputs = "" if row["inputSize"] == row["hiddenSize"] else f" I{row['inputSize']}"
    shortest = f"{row['shortest']}-" if row["shortest"] else ""
    steps = "" if row["mode"] == "step" else f" T{shortest}{row['window']}"
    dtype = "" if row["dtype"] == "float32" else f", {row['dtype']}"
    dtype += "" if row["weights"] == "full" else f", {row['weights']} weights"
    directions = "x2" if row["directions"] == 2 else ""
    projection = f":{row['projectionSize']}" if row["projectionSize"] else ""
    return f"L{row['layers']}{directions}{inputs} H{row['hiddenSize']}{projection} N{row['batch']}{steps}{dtype}"


def ratio(three):
    low, middle, high = three
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def table(all_figures, threads):
    own = [figures for figures in all_figures if figures.threads == threads]
    peers = [peer for peer in NAMES if any(peer in figures.ratios for figures in own)]
    lines = ["| work | " + " | ".join(NAMES[peer] for peer in peers) + " | share of SGEMM |",
             "|---" * (len(peers) + 2) + "|"]
    for figures in own:
        ratios = [ratio(figures.ratios[peer]) if peer in figures.ratios else "" for peer in peers]
        low, middle, high = (f"{share:.0%}" for share in figures.share)
        lines.append(f"| {MODES[figures.row['mode']]} {label(figures.row)} | " + " | ".join(ratios)
                     + f" | {middle} ({low.rstrip('%')}-{high}) |")
    return lines


def conditions(all_figures):
    """Returns the agreement of the engines, and the time taken by others."""
    found = {dtype: [figures.agreement for figures in all_figures if figures.row["dtype"] == dtype
                     and figures.row["weights"] == "full"]
             for dtype in ("float32", "float64")}
    apart = " and ".join(f"{max(values):.0e} in {dtype}" for dtype, values in found.items() if values)
    steal, others = max(figures.steal for figures in all_figures), max(figures.others for figures in all_figures)
    return (f"Outputs and gradients of all engines, compared beforehand, differ by at most {apart} of a tensor's largest "
            f"number. {min(figures.rounds for figures in all_figures)} rounds a row; during a row the host took at most "
            f"{steal:.1%} of the processors' time, other programs {others:.1%}.")


def memory(records):
    lines = ["Growth of peak memory in a row's first training step, beyond model, data and the memory left by a step of one "
             f"sequence, {records[0]['threads']} threads:",
             "", "| training | Gatewise, MB | PyTorch, MB | share |", "|---|---|---|---|"]
    for record in records:
        own, other = (record["bytes"][name] / 1e6 for name in ("gatewise", "pytorch"))
        lines.append(f"| {label(record['row'])} | {own:.1f} | {other:.1f} | {own / other:.2f} |")
    return lines


def exponent(record):
    """Returns the slope of log time over log T by least squares, and R²."""
    x, y = np.log(record["windows"]), np.log([median(seconds) for seconds in record["seconds"]])
    slope, offset = np.polyfit(x, y, 1)
    return slope, 1 - np.var(y - slope * x - offset) / np.var(y)


def length(record):
    slope, fit = exponent(record)
    return (f"Training time of L1 H32 N8 over T from {record['windows'][0]} to {record['windows'][-1]:,} steps, "
            f"{record['threads']} threads: T to the power of {slope:.3f}, R² {fit:.5f}.")


def start(record):
    own, hello = (median(record["seconds"][name]) * 1e3 for name in ("gatewise", "hello"))
    return (f"From start to end of `gatewise predict` on a small model: {own:.1f} ms, against {hello:.1f} ms of a Swift "
            f"program that imports Foundation and prints a line: {own / hello:.2f} times as long (medians of "
            f"{len(record['seconds']['hello'])} alternating runs).")


def text(results):
    """Returns the text between the marks."""
    lines = [f"Machine: {about.machine(results.about)}. {about.software(results.about, NAMES)}."]
    if results.figures:
        lines += ["", conditions(results.figures), ""] + [f"- {sentence}" for sentence in summary(results.figures)]
    for threads in sorted({figures.threads for figures in results.figures}):
        lines += ["", f"Speed of Gatewise over that of a peer, median and quartiles, {threads} thread{'s' * (threads > 1)}:",
                  ""] + table(results.figures, threads)
    if results.memory:
        lines += [""] + memory(results.memory)
    lines += [line for record in results.length for line in ("", length(record))]
    lines += [line for record in results.start for line in ("", start(record))]
    return "\n".join(lines)


def publish(results, article):
    """Writes the text between the marks of the article."""
    path = Path(article)
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    between, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"compare: {article} lacks the line {BEGIN if not begin else END}")
    path.write_text(f"{before}{BEGIN}\n\n{IMAGES}\n\n{text(results)}\n\n{END}{after}", encoding="utf-8")
