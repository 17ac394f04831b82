"""Kills runs of `gatewise train` and restarts them, as a user's loop does, until one returns 0.

Usage: check_resume.py GATEWISE LAST RANDOM SEED. LAST kills come 0 to 5 ms after the last checkpoint appears, RANDOM
ones at any moment from the start of a process to its end. A chain is a run with its kills: every start may be killed, so
most chains have several. The kinds of run (text, forecast with patience, classification) alternate.

A chain holds if it ends with status 0 and its files are those of the run that was never killed: model.safetensors byte for
byte, log.csv and log.jsonl except for times, loss.svg, run.yaml, the page's figures and charts except for those of
times, and the numbers of the last checkpoint. No temporary file and no lock may remain.
"""

import json
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

gatewise, last_kills, random_kills = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
stream = random.Random(int(sys.argv[4]))
# A loop that does not end is a failure too.
MOST_STARTS = 60

scratch = tempfile.TemporaryDirectory(prefix="gatewise-resume-")
folder = Path(scratch.name)
words = "the cat sat on a mat and then the dog ran home quickly while it rained".split()
(folder / "text.txt").write_text(" ".join(stream.choice(words) for _ in range(3000)))
(folder / "table.csv").write_text("level,load\n" + "".join(
    f"{stream.gauss(0, 1):.4f},{stream.gauss(0, 1):.4f}\n" for _ in range(300)))
(folder / "sequences.csv").write_text("name,x,kind\n" + "".join(
    f"s{n},{stream.gauss(n % 2, 1):.4f},{'odd' if n % 2 else 'even'}\n" for n in range(40) for _ in range(4 + n % 5)))
COMMON = "--threads 1 --html --validate-every 40 --checkpoint-every 20"
KINDS = {
    "text": f"--text text.txt --hidden 8,6 --batch 6 --window 12 --steps 400 --dropout 0.2 --average 0.9 {COMMON}",
    "patience": "--csv table.csv --target level --hidden 8 --batch 8 --window 12 --steps 4000 --optimizer sgd "
                f"--learning-rate 0.3 --patience 3 {COMMON}",
    "classes": "--csv sequences.csv --sequence name --label kind --hidden 8 --batch 6 --steps 400 --schedule warmup-cosine "
               f"--bidirectional {COMMON}",
}


def command(kind, resumes=False):
    return [str(gatewise), "train", *KINDS[kind].split(), "--out", "run"] + ["--resume"] * resumes


def tensors(path):
    """Returns the numbers of a safetensors file, without the metadata, which contain times."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__")
    return sorted((name, entry["dtype"], entry["shape"], data[8 + size:][slice(*entry["data_offsets"])])
                  for name, entry in header.items())


def page(text):
    """Returns a page without the rows of times, and without the varying parts of charts over time."""
    return re.sub(r"<tr><th scope=\"row\">(Run|Time on updates|Rows a second)</th><td>(?!Ended).*?</td></tr>\n", "", text)


def result(out):
    """Returns everything in a run except its times."""
    steps = sorted(out.glob("checkpoints/step-*.safetensors"))
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    for line in lines:
        for name in "seconds", "rowsPerSecond":
            line.pop(name)
    return {
        "files": sorted(str(path.relative_to(out)) for path in out.rglob("*")),
        "model.safetensors": (out / "model.safetensors").read_bytes(),
        "log.csv": [line.rpartition(",")[0] for line in (out / "log.csv").read_text().splitlines()],
        "log.jsonl": lines,
        "loss.svg": (out / "loss.svg").read_text(),
        "run.yaml": (out / "run.yaml").read_text(),
        "report.html": page((out / "report.html").read_text()),
        "last checkpoint": (steps[-1].name, tensors(steps[-1])),
        "best checkpoint": tensors(out / "checkpoints/best.safetensors"),
    }


def start(kind, resumes, log):
    return subprocess.Popen(command(kind, resumes), cwd=folder, stdout=log, stderr=log)


def await_last(process, path):
    """Waits, in a loop without a pause, until the last checkpoint appears or the process ends."""
    while not path.exists() and process.poll() is None:
        pass


def chain(kind, aims, expected, seconds):
    """One run with kills; returns the problem at the end, if any, and the number of kills."""
    shutil.rmtree(folder / "run", ignore_errors=True)
    last = folder / "run/checkpoints" / expected["last checkpoint"][0]
    kills, begun, behind = 0, False, 0
    with open(folder / "log", "w") as log:
        for _ in range(MOST_STARTS):
            # Killed before it had a folder, a run has not begun: it is started as before.
            begun = begun or (folder / "run").is_dir()
            process = start(kind, begun, log)
            if aims:
                was_there = last.exists()
                if was_there:
                    time.sleep(stream.uniform(0, 0.03))
                else:
                    await_last(process, last)
                    time.sleep(stream.uniform(0, 0.005))
                aims -= 1
            elif seconds[1]:
                time.sleep(stream.uniform(0, seconds[0]))
                seconds[1] -= 1
            else:
                process.wait()
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            status = process.wait()
            kills += status == -signal.SIGKILL
            behind += status == -signal.SIGKILL and last.exists()
            if status == 0:
                break
            if status != -signal.SIGKILL:
                return f"status {status}: {(folder / 'log').read_text()[-500:]}", kills, behind
        else:
            return f"no end after {MOST_STARTS} starts", kills, behind
    found = result(folder / "run")
    wrong = [name for name in expected if found[name] != expected[name]]
    if "files" in wrong:
        wrong += sorted(set(found["files"]) ^ set(expected["files"]))
    return (f"differs from the undisturbed run: {', '.join(wrong)}" if wrong else ""), kills, behind


undisturbed, length = {}, {}
for kind in KINDS:
    shutil.rmtree(folder / "run", ignore_errors=True)
    began = time.monotonic()
    run = subprocess.run(command(kind), cwd=folder, capture_output=True, text=True)
    length[kind] = time.monotonic() - began
    if run.returncode:
        sys.exit(f"{kind}: status {run.returncode} without any kill: {run.stderr}")
    undisturbed[kind] = result(folder / "run")
    # A complete run says so and returns 0, however often it is resumed.
    for _ in range(2):
        again = subprocess.run(command(kind, True), cwd=folder, capture_output=True, text=True)
        if again.returncode or "has already ended" not in again.stdout or result(folder / "run") != undisturbed[kind]:
            sys.exit(f"{kind}: complete, and --resume returns {again.returncode}: {again.stdout}{again.stderr}")
    print(f"{kind}: {length[kind]:.1f} s undisturbed, last checkpoint {undisturbed[kind]['last checkpoint'][0]}", flush=True)

tried, failed = 0, 0
for name, wanted in ("last checkpoint", last_kills), ("random", random_kills):
    done, chains, behind_last = 0, 0, 0
    while done < wanted:
        kind = list(KINDS)[chains % len(KINDS)]
        most = min(wanted - done, stream.choice([1, 1, 2, 3]))
        aimed, at_random = (most, 0) if name == "last checkpoint" else (0, most)
        problem, kills, behind = chain(kind, aimed, undisturbed[kind], [1.1 * length[kind], at_random])
        # A kill after the end of the process does not count, and is repeated.
        done += kills
        chains += 1
        behind_last += behind
        tried += 1
        failed += bool(problem)
        if problem:
            print(f"FAIL {name}, {kind}, {kills} kills: {problem}", flush=True)
    print(f"{name}: {done} kills in {chains} chains, {behind_last} of them with the last checkpoint on the disk", flush=True)
print(f"{tried} chains tried, {tried - failed} held, {failed} failed")
sys.exit(failed > 0)
