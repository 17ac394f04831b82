"""Compares training in several processes with training in one, and checks the behavior when processes die.

Usage: check_mpi.py GATEWISE FOLDER; the folder is created and kept. Prints a line per check; exits with 1 if one fails.
"""

import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

TOLERANCE = 1e-12
KILLS = 20
TIMEOUT = 10
# From the death of a process to the end of the job: the timeout, and the time that mpirun takes to clean up.
MOST_SECONDS = TIMEOUT + 3

gatewise, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
folder.mkdir(parents=True)
os.chdir(folder)
stream = random.Random(1)
failures = 0


def check(passed, what):
    global failures
    failures += not passed
    print("ok  " if passed else "FAIL", what, flush=True)


def command(ranks, arguments, out):
    train = [str(gatewise), "train", *arguments.split(), "--threads", "1", "--out", out]
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    return train if ranks == 1 else ["mpirun", "--oversubscribe", *root, "-n", str(ranks), *train,
                                     "--rank-timeout", str(TIMEOUT)]


def train(ranks, arguments, out, **environment):
    """Runs to the end; returns the exit status and the output."""
    run = subprocess.run(command(ranks, arguments, out), capture_output=True, text=True, timeout=120,
                         env=os.environ | environment)
    return run.returncode, run.stdout + run.stderr


def tensors(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    found = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F64":
            start, end = entry["data_offsets"]
            found[name] = struct.unpack(f"<{(end - start) // 8}d", data[8 + size + start:8 + size + end])
    return found


def newest(out):
    return sorted(Path(out, "checkpoints").glob("step-*.safetensors"))[-1]


def apart(a, b):
    """Returns the largest difference of two runs' last checkpoints: parameters, moments, and the carried state."""
    a, b = tensors(newest(a)), tensors(newest(b))
    if a.keys() != b.keys() or not a:
        return float("inf")
    return max(abs(x - y) for name in a for x, y in zip(a[name], b[name], strict=True))


def ranks_of(job):
    """Returns the processes of a job by rank."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "exe") == str(gatewise):
                environment = dict(part.partition(b"=")[::2] for part in (entry / "environ").read_bytes().split(b"\0"))
                # The short run in which the command selects a core of OpenBLAS does not belong to the job.
                if b"GATEWISE_OPENBLAS_TRIAL" in environment:
                    continue
                if os.getpgid(int(entry.name)) and int(environment[b"CHECK_JOB"]) == job:
                    found[int(environment[b"OMPI_COMM_WORLD_RANK"])] = int(entry.name)
        except (OSError, KeyError, ValueError):
            pass
    return found


jobs = 0


class Job:
    """A run that is disturbed."""

    def __init__(self, ranks, arguments, out):
        global jobs
        jobs += 1
        self.number, self.ranks = jobs, ranks
        # A file, not a pipe, which a stopped process would keep open.
        self.log = open(f"{out}.log", "w+")
        self.began = time.monotonic()
        self.run = subprocess.Popen(command(ranks, arguments, out), stdout=self.log, stderr=subprocess.STDOUT, text=True,
                                    env=os.environ | {"CHECK_JOB": str(jobs)})

    def wait_for_ranks(self):
        while len(ranks_of(self.number)) < self.ranks and self.run.poll() is None:
            time.sleep(0.01)

    def wait_for_updates(self):
        """Waits until it makes updates, or has ended."""
        while "\nstep " not in Path(self.log.name).read_text() and self.run.poll() is None:
            time.sleep(0.01)

    def wait_for_checkpoint(self):
        out = Path(self.log.name).with_suffix("")
        while not list(out.glob("checkpoints/step-*.safetensors")) and self.run.poll() is None:
            time.sleep(0.01)

    def signal(self, rank, which):
        os.kill(ranks_of(self.number)[rank], which)
        self.began = time.monotonic()

    def end(self):
        """Returns exit status, seconds since the last signal, and output; the status of a job that hangs is None."""
        try:
            status = self.run.wait(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        seconds = time.monotonic() - self.began
        for process in ranks_of(self.number).values():
            os.kill(process, signal.SIGKILL)
        if status is None:
            self.run.kill()
        self.log.seek(0)
        return status, seconds, self.log.read()


words = "the cat sat on a mat and then the dog ran home quickly while it rained".split()
Path("text.txt").write_text(" ".join(stream.choice(words) for _ in range(4000)))
Path("table.csv").write_text("level,load\n" + "".join(
    f"{stream.gauss(0, 1):.4f},{stream.gauss(0, 1):.4f}\n" for _ in range(400)))
TEXT = "--text text.txt --hidden 12,10 --batch 9 --window 16 --dtype float64"
TABLE = "--csv table.csv --target level --hidden 12 --batch 9 --window 16 --dtype float64 --accumulate 2 --average 0.9"

# Ten updates equal those of one process.
for name, arguments in {"text": TEXT, "table": TABLE}.items():
    arguments += " --steps 10 --checkpoint-every 5"
    train(1, arguments, f"{name}-1")
    start = tensors(Path(f"{name}-1/checkpoints/step-000000005.safetensors"))
    moved = max(abs(x - y) for name_, values in tensors(newest(f"{name}-1")).items() if name_ in start
                for x, y in zip(values, start[name_]))
    for ranks in 2, 4:
        status, text = train(ranks, arguments, f"{name}-{ranks}")
        difference = apart(f"{name}-1", f"{name}-{ranks}") if status == 0 else text
        check(status == 0 and difference <= TOLERANCE < moved,
              f"{name}: {ranks} processes are {difference} from one, which moved by {moved:.2g}")
        train(ranks, arguments, f"{name}-{ranks}-again", GATEWISE_MPI_OVERLAP="off")
        check(apart(f"{name}-{ranks}", f"{name}-{ranks}-again") == 0,
              f"{name}: {ranks} processes, the same bits with sums after the backward pass")

# Any number of processes continues the run of another number.
for place, (ranks, steps) in enumerate([(3, 4), (1, 6), (4, 8), (2, 10)]):
    status, text = train(ranks, f"{TEXT} --steps {steps} --checkpoint-every 5" + " --resume" * (place > 0), "mixed")
    check(status == 0, f"{ranks} processes make updates up to {steps}" + text * (status != 0))
check(apart("text-1", "mixed") <= TOLERANCE, f"3, 1, 4 and 2 processes, one after the other: {apart('text-1', 'mixed')}")

# A process that dies at any moment ends the job, and the run continues.
LONG = f"{TEXT} --steps 300 --checkpoint-every 5 --validate-every 100"
job = Job(3, LONG, "whole")
job.wait_for_updates()
began = time.monotonic()
job.run.wait(timeout=120)
updating = time.monotonic() - began
slowest, kills, named, runs, ended = 0, 0, 0, 0, True
while kills < KILLS or not ended:
    runs += ended
    out = f"killed-{runs}"
    job = Job(3, LONG + " --resume" * Path(out, "checkpoints").is_dir() * bool(list(Path(out).glob("checkpoints/step-*"))),
              out)
    # Some die while the job begins.
    job.wait_for_ranks() if stream.random() < 0.25 else job.wait_for_updates()
    time.sleep(stream.uniform(0, 0.15 * updating))
    rank = stream.randrange(3)
    if kills < KILLS and job.run.poll() is None and rank in ranks_of(job.number):
        job.signal(rank, signal.SIGKILL)
        status, seconds, text = job.end()
        kills += 1
        slowest = max(slowest, seconds)
        named += f"Process {rank} of 3 no longer answered" in text
        others = sum(text.count(f"Process {other} of 3 no") for other in range(3) if other != rank)
        if others or text.count("no longer answered") > 1:
            check(False, f"process {rank} killed, with more messages than expected:\n{text}")
        if status in (None, 0):
            check(False, f"process {rank} killed: status {status} after {seconds:.1f} s\n{text}")
        # If one dies when all is saved, the run has ended: --resume writes the missing files, and returns 0.
        ended = False
    else:
        status, text = job.run.wait(timeout=120), Path(f"{out}.log").read_text()
        ended = status == 0
        if not ended:
            check(False, f"{out} does not continue: {text}")
            break
check(slowest <= MOST_SECONDS, f"{kills} processes killed at random moments: the job ended after at most {slowest:.1f} s")
check(named >= KILLS / 2, f"{named} of them were named by another process; the others died while the job began or ended")
for run in range(1, runs + 1):
    check(apart("whole", f"killed-{run}") == 0, f"killed and resumed, run {run} has the bits of the undisturbed run")

# A process that no longer answers is given up after the timeout; one that is asked to stop stops all, and all is saved.
job = Job(3, f"{TEXT} --steps 100000 --checkpoint-every 10", "stuck")
job.wait_for_checkpoint()
job.signal(2, signal.SIGSTOP)
status, seconds, text = job.end()
check(status not in (None, 0) and TIMEOUT - 1 < seconds and text.count("Process 2 of 3 no longer answered") >= 1
      and "step-" in text, f"process 2 is stopped: given up after {seconds:.1f} s")
job = Job(3, LONG, "asked")
job.wait_for_updates()
job.signal(1, signal.SIGTERM)
status, seconds, text = job.end()
check(status == 0 and "the run is saved" in text, f"process 1 is asked to stop: the run is saved after {seconds:.1f} s")
status, text = train(3, LONG + " --resume", "asked")
check(status == 0 and apart("whole", "asked") == 0, "and the run continues with the same bits" + text * (status != 0))

# Invalid settings are refused before any work.
for ranks, arguments, sentence in [
        (10, TEXT, "10 processes cannot share batches of 9 sequences"), (2, TEXT + " --find-learning-rate", "runs in one process"),
        (2, "--text missing.txt", "missing.txt: there is no such file"), (2, TEXT + " --resume", "no checkpoint")]:
    status, text = train(ranks, arguments, "wrong")
    check(status != 0 and text.count(sentence) == 1 and not Path("wrong").exists(),
          f"{ranks} processes: {sentence}" + text * (text.count(sentence) != 1))
print(f"{failures} failed")
sys.exit(failures > 0)
