"""Engines in separate processes that take turns, one round each."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
# The threads of a pool spin for a moment after their work; a turn begins when they sleep.
PAUSE = 0.06
# A row is repeated if the host or other programs took more than this fraction of the processors' time.
TAKEN_LIMIT = 0.05


def environment(threads):
    """The environment of peers: OMP_NUM_THREADS for PyTorch, XLA's flag for JAX; ONNX Runtime has options instead."""
    flags = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
    return os.environ | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "XLA_FLAGS": flags,
                         "TF_CPP_MIN_LOG_LEVEL": "3"}


def peer_command(peer, row, threads, folder, *options):
    fields = json.dumps(vars(row))
    return [sys.executable, HERE / f"{peer}_peer.py", fields, str(threads), folder, *options]


class Engine:
    """A process that answers every line of its input with a round."""

    def __init__(self, name, row, command, folder, threads):
        self.name, self.row = name, row
        self.errors = folder / f"{name}.log"
        peers = None if name == "gatewise" else environment(threads)
        with open(self.errors, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            text=True, env=peers)
        self.ready = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            said = self.errors.read_text(encoding="utf-8").strip().splitlines() or ["no message"]
            raise SystemExit(f"compare: {self.name} ended with status {self.process.returncode} on {self.row.name}: "
                             f"{said[-1]}")
        return json.loads(line)

    def turn(self):
        time.sleep(PAUSE)
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # answer() reports the reason
        return self.answer()

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def gatewise_engine(gatewise, row, folder, threads):
    return Engine("gatewise", row, [gatewise, "bench", "--turns", "--threads", str(threads), *row.options], folder,
                  threads)


def peer_engine(peer, row, folder, threads):
    return Engine(peer, row, peer_command(peer, row, threads, folder), folder, threads)


class Clock:
    """The processors' times since the machine's start, in ticks; the engines and this program are counted separately."""

    def __init__(self, engines):
        # user nice system idle iowait irq softirq steal; the guests' times after them are already part of user.
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        own = [int(word) for pid in ["self"] + [engine.process.pid for engine in engines]
               for word in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]]
        self.total, self.stolen = sum(ticks), ticks[7]
        self.others = self.total - ticks[3] - ticks[4] - self.stolen - sum(own)

    def since(self, start):
        """Returns the fractions of all processors' time that the host and other programs took."""
        total = max(1, self.total - start.total)
        return {"steal": (self.stolen - start.stolen) / total, "others": max(0, self.others - start.others) / total}


def alternate(engines, count):
    """Runs `count` rounds of every engine in turn; returns each engine's answers, and the time taken by others."""
    answers = {engine.name: [] for engine in engines}
    start = Clock(engines)
    for k in range(count):
        # The first engine changes from round to round.
        for engine in engines[k % len(engines) :] + engines[: k % len(engines)]:
            answers[engine.name].append(engine.turn())
    return answers, Clock(engines).since(start)


def quiet(engines, count):
    """Returns the rounds with the least time taken by others, after up to three tries while it exceeds the limit."""
    tries = []
    while len(tries) < 3 and all(sum(taken.values()) > TAKEN_LIMIT for _, taken in tries):
        tries.append(alternate(engines, count))
    return min(tries, key=lambda tried: sum(tried[1].values()))
