"""The options of scripts/compare."""

import argparse
from pathlib import Path

DESCRIPTION = "Compares Gatewise with PyTorch, ONNX Runtime and JAX: first the numbers, then the speed in alternating rounds."
PEERS = ["pytorch", "onnxruntime", "jax"]
MODES = ["train", "infer", "step"]
PARTS = ["rows", "memory", "length", "start"]
# The requirements of a published figure.
ROUNDS, THREADS = 15, [1, 2]


def some_of(known):
    def parse(text):
        words = text.split(",")
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(f"{word or 'nothing'} is not one of {', '.join(known)}")
        return words
    return parse


def positive(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 1000")
    return int(text)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(64, f"compare: {message}; see scripts/compare --help\n")


def parse():
    parser = Parser(prog="scripts/compare", description=DESCRIPTION, epilog=(
        "A quick look: scripts/compare --rows L2-H256 --threads 2 --rounds 5 --peers pytorch --parts rows. Every round is "
        "stored in .builds/peers/results.jsonl; if the options restrict the measurement, in .builds/peers/quick.jsonl, "
        "unless --resume is given."))
    # The folder of the results, and of `programs/` with gatewise, peak and hello; scripts/compare sets it.
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rows", metavar="TEXT", help="only rows of the grid whose names contain this")
    parser.add_argument("--modes", type=some_of(MODES), default=MODES, metavar="M,…", help="of train,infer,step")
    parser.add_argument("--peers", type=some_of(PEERS), default=PEERS, metavar="P,…",
                        help="of pytorch,onnxruntime,jax")
    parser.add_argument("--parts", type=some_of(PARTS), default=PARTS, metavar="P,…",
                        help="of rows,memory,length,start: speed of the grid; memory of a training step; time over "
                        "length; start of the command (default: all)")
    parser.add_argument("--threads", type=positive, nargs="+", default=THREADS, metavar="N",
                        help="numbers of threads (default: 1 2)")
    parser.add_argument("--rounds", type=positive, default=ROUNDS, metavar="R",
                        help="rounds per row (default: 15, as a figure requires)")
    parser.add_argument("--resume", action="store_true",
                        help="measure only rows that results.jsonl lacks, or that were measured beside other programs")
    parser.add_argument("--publish", action="store_true",
                        help="write tables and charts into the book's article Performance; needs the whole grid")
    options = parser.parse_args()
    options.programs = options.folder / "programs"
    options.gatewise = options.programs / "gatewise"
    asked = options.rows, options.modes, options.peers, options.parts, options.threads, options.rounds
    is_quick = asked != (None, MODES, PEERS, PARTS, THREADS, ROUNDS) and not options.resume
    if options.resume and (options.peers != PEERS or options.rounds < ROUNDS):
        parser.error(f"--resume gathers publishable results; omit --peers, and use at least {ROUNDS} rounds")
    if is_quick and options.publish:
        parser.error("--publish needs the whole grid; omit the options that restrict it, or add --resume")
    options.output = options.folder / ("quick.jsonl" if is_quick else "results.jsonl")
    return options
