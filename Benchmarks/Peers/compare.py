"""Compares Gatewise with PyTorch, ONNX Runtime and JAX: first the numbers, then the speed in alternating rounds.

scripts/compare calls it in an environment with them.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from options import PEERS, THREADS, parse

BOOK = Path(__file__).parents[2] / "Sources/Gatewise/Gatewise.docc"


def applies(peer, row):
    """Returns whether a peer supports a row."""
    if peer == "onnxruntime":
        return row.mode != "train" and row.dtype == "float32" and row.projectionSize is None
    is_plain = row.directions == 1 and row.projectionSize is None
    return peer == "pytorch" or (row.mode != "step" and row.lengths is None and is_plain)


def measure(options, row, threads, folder):
    """Checks a row and times it."""
    import checks
    import turns

    peers = [peer for peer in options.peers if applies(peer, row)]
    own = checks.compute(options.gatewise, row, folder)
    engines = []
    try:
        # Peers compute when they start, so a disagreement shows before anything is timed.
        engines = [turns.peer_engine(peer, row, folder, threads) for peer in peers]
        differences = {peer: checks.compare(row, peer, own, folder) for peer in peers}
        engines.insert(0, turns.gatewise_engine(options.gatewise, row, folder, threads))
        answers, taken = turns.quiet(engines, options.rounds)
    finally:
        for engine in engines:
            engine.close()
    peak = subprocess.run([options.programs / "peak", str(threads)], capture_output=True, text=True, check=True)
    return {"kind": "row", "row": vars(row), "threads": threads, "differences": differences, **taken,
            "seconds": {name: [answer["seconds"] for answer in turn] for name, turn in answers.items()},
            "sgemm": [answer["sgemmGflops"] for answer in answers["gatewise"]], "peak": float(peak.stdout)}


def records(options, rows, done):
    """Yields everything that is requested and not done, one after the other."""
    import grid
    import special

    for row in rows:
        with TemporaryDirectory() as name:
            folder = Path(name)
            grid.write_numbers(row, folder)
            for threads in options.threads:
                if "rows" in options.parts and ("row", row.name, threads) not in done:
                    yield measure(options, row, threads, folder)
            threads = options.threads[-1]
            if "memory" in options.parts and row.mode == "train" and ("memory", row.name, threads) not in done:
                yield special.memory(options.gatewise, row, threads, folder)
    if "length" in options.parts and ("length", None, threads) not in done:
        yield special.length(options.gatewise, threads, options.rounds)
    if "start" in options.parts and ("start", None, None) not in done:
        yield special.start(options.gatewise, options.programs / "hello")


def chosen(options):
    """Returns the rows of the grid that the options select."""
    import grid

    rows = grid.rows(options.gatewise, ["--rows", options.rows] if options.rows else [])
    rows = [row for row in rows if row.mode in options.modes]
    if not rows:
        sys.exit(f"compare: --rows {options.rows} leaves no row of --modes {','.join(options.modes)}")
    return rows


def require_complete(results, options):
    """Checks that the published results are complete."""
    import grid

    rows = grid.rows(options.gatewise)
    wanted = {("row", row.name, threads) for row in rows for threads in THREADS}
    lacking = len(wanted - results.done)
    weighed = {record["row"]["name"] for record in results.memory}
    parts = [part for part in ("length", "start") if not getattr(results, part)]
    parts += [f"memory of {row.name}" for row in rows if row.mode == "train" and row.name not in weighed]
    problems = [f"{lacking} rows are missing or were measured beside other programs"] if lacking else []
    problems += [f"missing: {', '.join(parts)}"] if parts else []
    if problems:
        sys.exit(f"compare: nothing was published ({'; '.join(problems)}); scripts/compare --resume --publish, without "
                 "restrictions and with nothing else running, measures the rest")


def main():
    options = parse()
    # Only after the options are read: --help and a wrong option need none of these.
    import about
    import book
    import charts
    import report
    from results import Figures, Results

    rows = chosen(options)
    identity = about.record(options.gatewise, PEERS)
    done = set()
    goes_on = options.resume and options.output.exists()
    if goes_on:
        before = Results(options.output)
        if {**before.about, "date": ""} != {**identity, "date": ""}:
            sys.exit(f"compare: {options.output} was measured with other versions or on another machine; leave out --resume")
        done = before.done
    with open(options.output, "a" if goes_on else "w", encoding="utf-8") as output:
        if not goes_on:
            print(json.dumps(identity), file=output, flush=True)
        for record in records(options, rows, done):
            print(json.dumps(record), file=output, flush=True)
            said = {"row": lambda: report.line(Figures(record)), "memory": lambda: book.memory([record])[-1],
                    "length": lambda: book.length(record), "start": lambda: book.start(record)}
            print(said[record["kind"]](), flush=True)
    results = Results(options.output)
    print("", *report.summary(results.figures), sep="\n")
    if options.publish:
        require_complete(results, options)
        charts.save(results, BOOK / "Resources")
        book.publish(results, BOOK / "Performance.md")


if __name__ == "__main__":
    main()
