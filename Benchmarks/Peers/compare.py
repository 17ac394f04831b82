"""Compares Gatewise with PyTorch, ONNX Runtime and JAX: the same numbers first, then rounds in turn.

scripts/compare calls it in an environment that has them.
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PEERS = ["pytorch", "onnxruntime", "jax"]
MODES = ["train", "infer", "step"]


def some_of(known):
    def parse(text):
        words = text.split(",")
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(f"{word or 'nothing'} is none of {', '.join(known)}")
        return words
    return parse


def positive(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 to 1000")
    return int(text)


def parse():
    parser = argparse.ArgumentParser(prog="scripts/compare", description=__doc__.splitlines()[0], epilog=(
        "A quick look: scripts/compare --rows L2-H256 --threads 2 --rounds 5 --peers pytorch"))
    parser.add_argument("--gatewise", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rows", metavar="TEXT", help="only rows of the grid whose names contain this")
    parser.add_argument("--modes", type=some_of(MODES), default=MODES, metavar="M,…", help="of train,infer,step")
    parser.add_argument("--peers", type=some_of(PEERS), default=PEERS, metavar="P,…",
                        help="of pytorch,onnxruntime,jax")
    parser.add_argument("--threads", type=positive, nargs="+", default=[1, 2], metavar="N",
                        help="numbers of threads (default: 1 2)")
    parser.add_argument("--rounds", type=positive, default=15, metavar="R",
                        help="rounds a row (default: 15, what a figure needs)")
    return parser.parse_args()


def applies(peer, row):
    """Whether a peer does what a row asks for."""
    if peer == "onnxruntime":
        return row.mode != "train" and row.dtype == "float32"
    return peer == "pytorch" or (row.mode != "step" and row.lengths is None)


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
    return {"kind": "row", "row": vars(row), "threads": threads, "differences": differences, **taken,
            "seconds": {name: [answer["seconds"] for answer in turn] for name, turn in answers.items()},
            "sgemm": [answer["sgemmGflops"] for answer in answers["gatewise"]], "peak": None}


def main():
    options = parse()
    # Not before the options are read: --help and a wrong option need none of these.
    import grid
    import report

    rows = grid.rows(options.gatewise, ["--rows", options.rows] if options.rows else [])
    rows = [row for row in rows if row.mode in options.modes]
    if not rows:
        sys.exit(f"compare: no row of --modes {','.join(options.modes)} has a name that contains {options.rows}")
    all_figures = []
    with open(options.output, "w", encoding="utf-8") as output:
        for row in rows:
            with TemporaryDirectory() as folder:
                grid.write_numbers(row, Path(folder))
                for threads in options.threads:
                    record = measure(options, row, threads, Path(folder))
                    print(json.dumps(record), file=output, flush=True)
                    all_figures.append(report.Figures(record))
                    print(report.line(all_figures[-1]), flush=True)
    print("\n" + "\n".join(report.summary(all_figures)))


if __name__ == "__main__":
    main()
