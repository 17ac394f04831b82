"""The process of a peer: it computes the row once for the check, then one round for every line of standard input.

Usage: PEER.py ROW THREADS FOLDER [--memory]

ROW is the row as JSON. FOLDER holds model.safetensors and io.safetensors; NAME.safetensors is written to it: y, and for
training the gradients under `d.` and the parameter's name. A line of JSON reports that the process is ready; every
further line answers a line of input with the seconds of one run, as `gatewise bench --turns` does. With --memory the
process runs the minimal training step, then the work once, prints the growth of its peak memory in bytes (memoryGrowth),
and ends.
"""

import ctypes
import json
import sys
import time
from pathlib import Path

from safetensors.numpy import load_file, save_file

from grid import Row


def say(**values):
    print(json.dumps(values), flush=True)


def kilobytes(field):
    """Returns a line of Linux's status of this process."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field))


def memory_growth(run):
    """Returns the bytes by which `run` raises the peak above the current resident memory."""
    # Freed memory that is held back would hide later allocations.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    level = kilobytes("VmRSS:")
    run()
    return (kilobytes("VmHWM:") - level) * 1024


def timed(run, repeats):
    began = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - began) / repeats


def main(peer, name):
    """`peer(row, threads, model, io)` creates an object with `check() -> tensors` and `run()`; `touch()` for memory."""
    row, threads, folder = Row(**json.loads(sys.argv[1])), int(sys.argv[2]), Path(sys.argv[3])
    engine = peer(row, threads, load_file(folder / "model.safetensors"), load_file(folder / "io.safetensors"))
    if "--memory" in sys.argv[4:]:
        engine.touch()
        return say(memoryGrowth=memory_growth(engine.run))
    save_file(engine.check(), folder / f"{name}.safetensors")
    engine.run()
    repeats = max(1, round(0.15 / min(timed(engine.run, 1) for _ in range(3))))
    say(name=row.name, threads=threads)
    for _ in sys.stdin:
        # The first run after another engine's turn finds other data in the caches.
        engine.run()
        say(seconds=timed(engine.run, repeats))
