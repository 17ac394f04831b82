"""The measurements besides speed: memory of a training step, time over length, and the start of the command."""

import json
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import grid
import turns

WINDOWS = [100, 300, 1000, 3000, 10_000, 30_000, 100_000]
STARTS = 21


def memory(gatewise, row, threads, folder):
    """Measures the bytes by which the first training step, each in its own process, raises the peak above model and data."""
    engine = turns.gatewise_engine(gatewise, row, folder, threads)
    engine.close()
    command = turns.peer_command("pytorch", row, threads, folder, "--memory")
    done = subprocess.run(command, capture_output=True, text=True, env=turns.environment(threads))
    if done.returncode != 0:
        raise SystemExit(f"compare: pytorch failed on the memory of {row.name}: {done.stderr.strip().splitlines()[-1]}")
    grown = {"gatewise": engine.ready["memoryGrowth"], "pytorch": json.loads(done.stdout)["memoryGrowth"]}
    return {"kind": "memory", "row": vars(row), "threads": threads, "bytes": grown}


def length(gatewise, threads, rounds):
    """Measures the training time of L1 H32 N8 over T, with all lengths in turn."""
    with TemporaryDirectory() as folder:
        engines = []
        try:
            for T in WINDOWS:
                options = ["--layers", "1", "--hidden", "32", "--batch", "8", "--window", str(T)]
                row = grid.rows(gatewise, options)[0]
                engines.append(turns.gatewise_engine(gatewise, row, Path(folder), threads))
                engines[-1].name = str(T)
            answers, taken = turns.quiet(engines, rounds)
        finally:
            for engine in engines:
                engine.close()
    seconds = {T: [answer["seconds"] for answer in answers[str(T)]] for T in WINDOWS}
    return {"kind": "length", "threads": threads, **taken, "windows": WINDOWS, "seconds": list(seconds.values())}


def start(gatewise, hello):
    """Measures the time of a first prediction from a model file, and of a program that prints a line."""
    row = grid.rows(gatewise, ["--mode", "infer", "--layers", "1", "--hidden", "32", "--batch", "1", "--window", "10"])[0]
    with TemporaryDirectory() as name:
        folder = Path(name)
        grid.write_numbers(row, folder)
        commands = {"gatewise": [gatewise, "predict", folder / "model.safetensors", "--input", folder / "io.safetensors",
                                 "--output", folder / "y.safetensors"], "hello": [hello]}
        seconds = {program: [] for program in commands}
        for _ in range(STARTS + 1):
            for program, command in commands.items():
                began = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                seconds[program].append(time.perf_counter() - began)
    # The first start reads the files from the disk.
    return {"kind": "start", "seconds": {program: values[1:] for program, values in seconds.items()}}
