"""Checks the commands at a machine's limits: they run, or end with an error sentence; they never hang, abort or are killed.

Usage: check_limits.py GATEWISE FOLDER [--shapes N [--seed S]]; the folder is created and kept.
Prints the failures, and at the end how many were tried, held and failed; exits with 1 if one failed.

Without --shapes the list of limits: few threads, few addresses (ulimit -v), a small stack, files larger than any memory,
and, if this process may create control groups, few processes and little memory. With --shapes random models, batches and
rules near a limit of 1 GiB: each runs or is refused, and the estimate must be within a tenth of the peak.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 5
SHAPE_SECONDS = 120
# A shape may also take the time of its arithmetic on a slow core; more is a hang.
SLOW_OPERATIONS_PER_SECOND = 8e9
THREADS = range(1, 10)
NOBODY = 65534
GIB = 1 << 30
HUGE = 100 * 10**9

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("gatewise", type=Path)
parser.add_argument("folder", type=Path)
parser.add_argument("--shapes", type=int)
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
gatewise = options.gatewise.resolve()
options.folder.mkdir(parents=True, exist_ok=True)
os.chdir(options.folder)
os.chmod(".", 0o777)
held, failed = 0, []


class Group:
    """A control group below this process's own, of version 1 or 2; None if none can be created."""

    def __init__(self, controller, limit_files):
        self.path = None
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            number, controllers, place = line.split(":", 2)
            if controller in controllers.split(","):
                parents = [Path(f"/sys/fs/cgroup/{controller}{place}"), Path(f"/sys/fs/cgroup/{controller}")]
            elif number == "0" and not controllers:
                parents = [Path(f"/sys/fs/cgroup{place}")]
            else:
                continue
            for parent in parents:
                path = parent / f"check-limits-{os.getpid()}"
                try:
                    path.mkdir()
                except OSError:
                    continue
                self.file = next((path / name for name in limit_files if (path / name).exists()), None)
                if self.file:
                    self.path = path
                    return
                path.rmdir()

    def set(self, limit):
        self.file.write_text(f"{limit}\n")

    def enter(self):
        (self.path / "cgroup.procs").write_text(f"{os.getpid()}\n")

    def remove(self):
        if self.path:
            self.path.rmdir()


def run(arguments, limits=(), group=None, user=None, environment=None, seconds=SECONDS):
    """Returns the exit status, None if it was still running, and its standard error."""
    def prepare():
        if group:
            group.enter()
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        for kind, limit in limits:
            resource.setrlimit(kind, (limit, limit))
    job = subprocess.Popen([str(gatewise), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, preexec_fn=prepare, env=os.environ | (environment or {}))
    try:
        _, errors = job.communicate(timeout=seconds)
        return job.returncode, errors
    except subprocess.TimeoutExpired:
        job.kill()
        _, errors = job.communicate()
        return None, errors


def verdict(status, errors, must_refuse):
    """Returns the reason why this end is a failure; None if it is not."""
    if status is None:
        return "hangs"
    if status == 0:
        return "runs, though it cannot" if must_refuse else None
    if status < 0 and -status != signal.SIGINT:
        return f"ends by {signal.Signals(-status).name}: {errors.strip()[-200:]}"
    # If there is no room for its threads, OpenBLAS itself ends the process while it is loaded, by SIGINT, with a
    # message.
    if status < 0:
        return None if "OpenBLAS" in errors else "ends by SIGINT"
    lines = [line for line in errors.splitlines() if line.strip()]
    sentences = [line for line in lines if line.startswith("Error: ")]
    if len(sentences) != 1 or "Fatal error" in errors:
        return f"status {status} with {len(sentences)} sentences: {errors.strip()[-200:]}"
    return None


def check(name, arguments, must_refuse=False, **how):
    global held
    status, errors = run(arguments, **how)
    problem = verdict(status, errors, must_refuse)
    if problem:
        failed.append(name)
        print("FAIL", name, "-", problem, flush=True)
    else:
        held += 1
    return status, errors


def write_tensors(path, tensors, dtype="F32"):
    """Writes a sparse safetensors file of zeros."""
    size = {"F32": 4, "F64": 8, "I64": 8}
    header, offset, values = {}, 0, []
    for name, shape, *rest in tensors:
        kind = rest[0] if rest else dtype
        count = size[kind]
        for extent in shape:
            count *= extent
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [offset, offset + count]}
        if len(rest) > 1:
            values.append((offset, rest[1]))
        offset += count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + offset)
        for place, data in values:
            file.seek(8 + len(text) + place)
            file.write(data)
    os.chmod(path, 0o644)


def write_model(path, inputs, hidden, both=False, projection=0, outputs=0, peepholes=False, dtype="F32"):
    tensors, below = [], inputs
    for layer, H in enumerate(hidden):
        fed = projection or H
        for suffix in ["", "_reverse"] if both else [""]:
            tensors += [(f"weight_ih_l{layer}{suffix}", (4 * H, below)), (f"weight_hh_l{layer}{suffix}", (4 * H, fed)),
                        (f"bias_ih_l{layer}{suffix}", (4 * H,)), (f"bias_hh_l{layer}{suffix}", (4 * H,))]
            if projection:
                tensors.append((f"weight_hr_l{layer}{suffix}", (projection, H)))
            if peepholes:
                tensors.append((f"peephole_l{layer}{suffix}", (3, H)))
        below = fed * (2 if both else 1)
    if outputs:
        tensors += [("head.weight", (outputs, below)), ("head.bias", (outputs,))]
    write_tensors(path, tensors, dtype)


def write_sparse(path, head):
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(HUGE)


def npy_head(columns):
    rows = (HUGE - 128) // (4 * columns)
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}".encode()
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117) + b"\n"
    return head, 128 + rows * columns * 4


def train(threads, *more):
    out = f"run-{time.monotonic_ns()}"
    return ["train", "--text", "text.txt", "--hidden", "16", "--batch", "4", "--window", "16", "--steps", "5",
            "--threads", threads, "--out", out, *more]


def list_of_limits():
    text = "".join(f"line {n} of a text that is long enough to learn from\n" for n in range(400))
    Path("text.txt").write_text(text)
    Path("data.csv").write_text("a,b\n" + "".join(f"{n},{n % 7}\n" for n in range(400)))
    os.chmod("text.txt", 0o644)
    write_model("model.safetensors", 3, [16, 16], outputs=2)
    write_model("wide.safetensors", 3, [200], dtype="F64")
    write_model("papers.safetensors", 8, [64, 64])
    write_tensors("x.safetensors", [("x", (20, 4, 3))])
    write_tensors("x64.safetensors", [("x", (20, 4, 3))], "F64")
    write_tensors("long.safetensors", [("x", (60000, 4, 8))])

    # Threads.
    for threads in THREADS:
        for limit in range(1, 7):
            check(f"ulimit -u {limit}, {threads} threads", train(threads), user=NOBODY if os.geteuid() == 0 else None,
                  limits=[(resource.RLIMIT_NPROC, limit)])
    # Addresses.
    for threads in THREADS:
        for kilobytes in [150000, 200000, 250000, 300000, 400000, 600000, 900000, 1500000]:
            for path in ["tile", "plain"]:
                check(f"ulimit -v {kilobytes}, {threads} threads, {path} path", train(threads),
                      limits=[(resource.RLIMIT_AS, kilobytes << 10)], environment={"GATEWISE_KERNELS": path})
            check(f"ulimit -v {kilobytes}, gradients on {threads} threads",
                  ["gradients", "model.safetensors", "--input", "x.safetensors", "--output", "g.safetensors",
                   "--threads", threads], limits=[(resource.RLIMIT_AS, kilobytes << 10)])
    # Stack.
    for threads in THREADS:
        for arguments in [train(threads, "--dtype", "float64", "--hidden", "200"),
                          ["gradients", "wide.safetensors", "--input", "x64.safetensors", "--output", "g.safetensors",
                           "--threads", threads]]:
            check(f"ulimit -s 128, {arguments[0]} of float64 on {threads} threads", arguments,
                  limits=[(resource.RLIMIT_STACK, 128 << 10)])
    files_beyond_memory()
    groups()


def files_beyond_memory():
    head, size = npy_head(3)
    with open("huge.npy", "wb") as file:
        file.write(head)
        file.truncate(size)
    steps = HUGE // 12
    write_tensors("huge.safetensors", [("x", (steps, 1, 3))])
    write_tensors("huge-weights.safetensors", [("weight_ih_l0", (4 * 16, HUGE // 256)), ("weight_hh_l0", (64, 16)),
                                               ("bias_ih_l0", (64,)), ("bias_hh_l0", (64,))])
    write_sparse("huge.csv", b"a,b,c\n1,2,3\n")
    write_sparse("huge.yaml", b"steps: 5\n")
    write_sparse("huge.txt", b"a text\n")
    write_sparse("huge.onnx", b"\x08\x07")
    write_sparse("huge.npz", b"PK\x03\x04")
    lists = {
        "predict .npy": ["predict", "model.safetensors", "--input", "huge.npy", "--output", "y.npy"],
        "predict .npz": ["predict", "model.safetensors", "--input", "huge.npz", "--output", "y.npz"],
        "predict .safetensors": ["predict", "model.safetensors", "--input", "huge.safetensors", "--output",
                                 "y.safetensors"],
        "predict .csv": ["predict", "model.safetensors", "--input", "huge.csv", "--output", "y.npy"],
        "gradients .safetensors": ["gradients", "model.safetensors", "--input", "huge.safetensors", "--output",
                                   "g.safetensors"],
        "a model of 100 GB": ["predict", "huge-weights.safetensors", "--input", "x.safetensors", "--output",
                              "y.safetensors"],
        "train .csv": ["train", "--csv", "huge.csv", "--target", "a", "--horizon", "1", "--out", "run-csv"],
        "train .csv with classes": ["train", "--csv", "huge.csv", "--sequence", "a", "--label", "b", "--out", "run-c"],
        "train .txt": ["train", "--text", "huge.txt", "--out", "run-txt"],
        "train .yaml": ["train", "--config", "huge.yaml", "--out", "run-yaml"],
        "convert .onnx": ["convert", "huge.onnx", "y.safetensors"],
    }
    for name, arguments in lists.items():
        check(f"100 GB, {name}", arguments, must_refuse=True)
    for path in Path(".").glob("huge*"):
        path.unlink()


def groups():
    processes = Group("pids", ["pids.max"])
    if processes.path:
        for threads in THREADS:
            for limit in range(1, 8):
                processes.set(limit)
                check(f"a group of {limit} processes, {threads} threads", train(threads), group=processes)
    else:
        print("No control group of processes can be created here; pids.max is skipped.")
    processes.remove()
    memory = Group("memory", ["memory.max", "memory.limit_in_bytes"])
    if memory.path:
        for threads in THREADS:
            for mebibytes in [64, 128, 256, 1024]:
                memory.set(mebibytes << 20)
                how = {"group": memory, "seconds": 6 * SECONDS}
                check(f"a group of {mebibytes} MiB, {threads} threads", train(threads), **how)
                check(f"a group of {mebibytes} MiB, a large batch on {threads} threads",
                      train(threads, "--hidden", "256", "--batch", "512", "--window", "64"), **how)
                for more in [], ["--deltas"]:
                    check(f"a group of {mebibytes} MiB, the papers' truncation {more} on {threads} threads",
                          ["gradients", "papers.safetensors", "--input", "long.safetensors", "--output",
                           "g.safetensors", "--rule", "truncated-rtrl", "--threads", threads, *more], **how)
    else:
        print("No control group of memory can be created here; its limit is skipped.")
    memory.remove()


def shape(stream):
    """Returns a random model, batch and rule of about 100 MiB to 1.5 GiB: its name, the command, and its operations."""
    hidden = [stream.choice([8, 24, 64, 100, 256, 400]) for _ in range(stream.randint(1, 3))]
    if stream.random() < 0.5:
        hidden = hidden[:1] * len(hidden)
    inputs = stream.choice([1, 8, 40, 150, 300])
    both = stream.random() < 0.2
    projection = stream.choice([4, 16, 50]) if stream.random() < 0.15 else 0
    outputs = stream.choice([1, 10, 80]) if stream.random() < 0.5 else 0
    peepholes = not projection and stream.random() < 0.3
    dtype = stream.choice(["F32", "F32", "F64"])
    write_model("model.safetensors", inputs, hidden, both, projection, outputs, peepholes, dtype)
    rule, deltas = [], []
    if not both:
        rule = stream.choice([[], [], ["--segment", "100"], ["--rule", "tbptt", "--every", "50", "--depth", "100"],
                              ["--rule", "truncated-rtrl"], ["--rule", "recurrent-cut"]])
        if projection and rule[1:] == ["truncated-rtrl"]:
            rule = []
    if "--segment" not in rule and "tbptt" not in rule and stream.random() < 0.3:
        deltas = ["--deltas"]
    in_parts = "--segment" in rule or "tbptt" in rule
    directions = 2 if both else 1
    per_row = 3 * inputs + 3 * outputs + (0 if in_parts else sum(8 * H for H in hidden) * directions)
    target = stream.uniform(0.15, 1.5) * GIB
    N = stream.choice([1, 4, 16, 64])
    T = max(2, int(target / (per_row * (8 if dtype == "F64" else 4)) / N))
    # Exact sums of many small steps take minutes.
    T = min(T, 60000)
    tensors = [("x", (T, N, inputs))]
    if stream.random() < 0.3:
        lengths = [stream.randint(T // 2, T) for _ in range(N)]
        tensors.append(("lengths", (N,), "I64", struct.pack(f"<{N}q", *lengths)))
    write_tensors("x.safetensors", tensors, dtype)
    threads = stream.choice([1, 2, 3])
    path = stream.choice(["tile", "tile", "tile", "plain"])
    # Forward and twice that backward; once more forward in parts.
    operations, below = 0, inputs
    for H in hidden:
        width = projection or H
        operations += directions * 2 * 4 * H * (below + width) * T * N * (4 if in_parts else 3)
        below = directions * width
    name = (f"I {inputs}, H {hidden}{' both ways' if both else ''}, P {projection}, K {outputs}, T {T}, N {N}, {dtype}"
            f"{', lengths' if len(tensors) > 1 else ''}{', peepholes' if peepholes else ''}, "
            f"{' '.join(rule + deltas) or 'bptt'}, {threads} threads, {path}")
    return name, ["gradients", "model.safetensors", "--input", "x.safetensors", "--output", "g.safetensors",
                  "--threads", threads, "--memory", *rule, *deltas], {"GATEWISE_KERNELS": path}, operations


def shapes(count, seed):
    global held
    memory = Group("memory", ["memory.max", "memory.limit_in_bytes"])
    if memory.path:
        memory.set(GIB)
    else:
        print("No control group of memory can be created here; the limit is on addresses (ulimit -v).")
    stream = random.Random(seed)
    ran, refused, ratios = 0, 0, []
    for _ in range(count):
        name, arguments, environment, operations = shape(stream)
        how = {"group": memory} if memory.path else {"limits": [(resource.RLIMIT_AS, GIB)]}
        status, errors = check(name, arguments, environment=environment,
                               seconds=SHAPE_SECONDS + operations / SLOW_OPERATIONS_PER_SECOND, **how)
        refused += status == 1
        if status != 0:
            continue
        ran += 1
        reckoned, most = (float(number) * {"M": 1 << 20, "G": GIB}[unit]
                          for number, unit in re.findall(r"([0-9.]+) ([MG])iB", errors)[-2:])
        if most < 100e6:
            continue
        ratios.append(reckoned / most)
        if not 0.9 <= reckoned / most <= 1.1:
            held -= 1
            failed.append(name)
            print(f"FAIL {name} - estimate {reckoned / GIB:.3f} GiB, peak {most / GIB:.3f}", flush=True)
    memory.remove()
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}" if ratios else "none"
    print(f"{count} shapes: {ran} ran, {refused} were refused; estimate over peak, for {len(ratios)} above 100 MB: {spread}.")


try:
    if options.shapes:
        shapes(options.shapes, options.seed)
    else:
        list_of_limits()
finally:
    for path in Path(".").glob("run-*"):
        shutil.rmtree(path, ignore_errors=True)
print(f"{held + len(failed)} tried, {held} held, {len(failed)} failed.")
sys.exit(1 if failed else 0)
