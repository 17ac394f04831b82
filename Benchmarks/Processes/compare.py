"""Measures the speedup of training by several processes on this machine, beside that of SGEMM, and fits a cost model to
it. See the book's article ManyMachines for the model, and scripts/compare-processes for the command.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
from pathlib import Path

from cost import Cost, Network, Work

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--gatewise", required=True, help="the program, built with the trait MPI")
parser.add_argument("--machine", required=True, help="machine.c, built")
parser.add_argument("--folder", required=True, help="for runs, and for results.json")
parser.add_argument("--rounds", type=int, default=15)
options = parser.parse_args()
folder = Path(options.folder)
folder.mkdir(parents=True, exist_ok=True)

LAYERS, HIDDEN, BATCH, WINDOW, UPDATES = 2, 256, 64, 50, 20
text = folder / "text.txt"
text.write_text("\n".join(str(n * n % 9973) for n in range(60000)))


def mpirun(ranks, *command, **environment):
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    run = subprocess.run(["mpirun", "--oversubscribe", "--bind-to", "none", *root, "-n", str(ranks), *command],
                         env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment, check=True, capture_output=True,
                         text=True)
    return run.stdout


def sgemm(ranks):
    """Returns GF/s of all processes together."""
    return float(mpirun(ranks, options.machine, "sgemm", "1.5"))


def update(ranks, batch=BATCH, **environment):
    """Returns the seconds of an update, without the first few."""
    out = folder / "run"
    shutil.rmtree(out, ignore_errors=True)
    mpirun(ranks, options.gatewise, "train", "--text", str(text), "--hidden", str(HIDDEN), "--layers", str(LAYERS),
           "--batch", str(batch), "--window", str(WINDOW), "--steps", str(UPDATES), "--validation", "0", "--threads", "1",
           "--checkpoint-every", "1000", "--out", str(out), **environment)
    with open(out / "log.csv") as file:
        seconds = {int(row["step"]): float(row["seconds"]) for row in csv.DictReader(file)}
    return (seconds[UPDATES] - seconds[4]) / (UPDATES - 4)


def stolen():
    """Returns the jiffies stolen by the host, and all jiffies."""
    jiffies = [int(x) for x in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return jiffies[7], sum(jiffies)


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.3f} (quartiles {low:.3f} to {high:.3f})"


rounds = []
for number in range(options.rounds):
    before = stolen()
    found = {"sgemm1": sgemm(1), "sgemm2": sgemm(2), "one": update(1), "two": update(2),
             "off": update(2, GATEWISE_MPI_OVERLAP="off")}
    if number % 3 == 0:
        found |= {"half": update(1, BATCH // 2), "quarter": update(1, BATCH // 4), "four": update(4), "sgemm4": sgemm(4)}
    after = stolen()
    found["stolen"] = (after[0] - before[0]) / max(1, after[1] - before[1])
    rounds.append(found)
    print(json.dumps({name: round(value, 4) for name, value in found.items()}), flush=True)

sums = {ranks: [tuple(map(float, line.split())) for line in mpirun(ranks, options.machine, "allreduce").splitlines()]
        for ranks in (2, 4)}
(folder / "results.json").write_text(json.dumps({"rounds": rounds, "sums": sums}))


def middle(name):
    return statistics.median(found[name] for found in rounds if name in found)


gains = [found["one"] / found["two"] for found in rounds]
products = [found["sgemm2"] / found["sgemm1"] for found in rounds]
print(f"Speedup of training by two processes {quartiles(gains)}, of SGEMM {quartiles(products)}")
print(f"Their ratio: {quartiles([gain / product for gain, product in zip(gains, products)])}")
print(f"Sums after instead of during the backward pass: {quartiles([f['off'] / f['two'] for f in rounds])} of the time")
print(f"Stolen by the host: {100 * statistics.mean(found['stolen'] for found in rounds):.1f} %")

work = Work(LAYERS, HIDDEN, BATCH, WINDOW, {BATCH: middle("one"), BATCH // 2: middle("half"), BATCH // 4: middle("quarter")})
print(f"\nAn update of N sequences: {1e3 * work.fixed:.1f} ms + {1e3 * work.each:.3f} ms · N in one process")
print("| processes | latency | bandwidth | update as modelled | measured |\n|---|---|---|---|---|")
for ranks, name in (1, "one"), (2, "two"), (4, "four"):
    network = Network.fitted(sums[ranks], ranks) if ranks > 1 else Network(0, float("inf"))
    slower = ranks * middle("sgemm1") / middle(f"sgemm{ranks}")
    cost = Cost(work, network)
    print(f"| {ranks} | {1e6 * network.latency:.1f} µs | {network.bandwidth / 1e9:.2f} GB/s "
          f"| {1e3 * cost.update(ranks, BATCH / ranks, slower):.0f} ms | {1e3 * middle(name):.0f} ms |")

print("\nProjection: the speed of a node relative to its speed alone; 64 sequences per node, with overlap (without)")
print("| model | node | network | 8 nodes | 64 nodes | 1,024 nodes |\n|---|---|---|---|---|---|")
for layers, hidden in (LAYERS, HIDDEN), (4, 1024):
    for speed, node in (1, "one core as here"), (30, "30 times as fast"):
        for network, label in (Network(20e-6, 25e9 / 8), "25 Gbit/s, 20 µs"), (Network(2e-6, 200e9 / 8), "200 Gbit/s, 2 µs"):
            cost = Cost(work.scaled(layers, hidden, speed), network)
            cells = [f"{100 * cost.efficiency(nodes, BATCH):.0f} % ({100 * cost.efficiency(nodes, BATCH, False):.0f} %)"
                     for nodes in (8, 64, 1024)]
            print(f"| {layers} layers of {hidden} | {node} | {label} | {' | '.join(cells)} |")
