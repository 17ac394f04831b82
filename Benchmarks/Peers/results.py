"""Figures from the raw rounds of a run, one JSON object per line."""

import json
from pathlib import Path
from statistics import median, quantiles

from turns import TAKEN_LIMIT


def three(values):
    """Returns the first quartile, the median and the third quartile."""
    return tuple(quantiles(values, n=4, method="inclusive")) if len(values) > 1 else (values[0],) * 3


class Figures:
    """The figures of a row's rounds at one number of threads."""

    def __init__(self, record):
        self.row, self.threads = record["row"], record["threads"]
        self.steal, self.others = record["steal"], record["others"]
        self.rounds = len(record["sgemm"])
        own, operations = record["seconds"]["gatewise"], self.row["operations"]
        self.gflops = median(operations / s * 1e-9 for s in own)
        self.sgemm = median(record["sgemm"])
        # Gatewise's speed over the peer's, round by round.
        self.ratios = {peer: three([theirs / ours for ours, theirs in zip(own, seconds)])
                       for peer, seconds in record["seconds"].items() if peer != "gatewise"}
        # Every engine's speed over that of the product in the same round.
        shares = {name: three([operations / s * 1e-9 / sgemm for s, sgemm in zip(seconds, record["sgemm"])])
                  for name, seconds in record["seconds"].items()}
        self.share = shares.pop("gatewise")
        self.peer_shares = {peer: share[1] for peer, share in shares.items()}
        self.peak_share = record["peak"] / self.sgemm
        self.agreement = max(record["differences"].values(), default=0.0)

    @property
    def best_peer(self):
        """The fastest peer; None if there was none."""
        return min(self.ratios, key=lambda peer: self.ratios[peer][1], default=None)

    @property
    def is_dense_float(self):
        """Whether the row counts in the geometric means."""
        return self.row["mode"] != "step" and self.row["dtype"] == "float32" and not self.row["lengths"]


def key(record):
    """Returns the key of a record."""
    return record["kind"], record.get("row", {}).get("name"), record.get("threads")


class Results:
    """Reads all records of a file."""

    def __init__(self, path):
        try:
            records = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
            # A later record with the same key replaces an earlier one.
            kept = {key(record): record for record in records}
            kinds = {kind: [record for record in kept.values() if record["kind"] == kind]
                     for kind in ("about", "row", "memory", "length", "start")}
            self.about = kinds["about"][0]
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise SystemExit(f"compare: {path} holds no results ({error!r}); delete it, or omit --resume")
        self.figures = [Figures(record) for record in kinds["row"]]
        self.memory, self.length, self.start = kinds["memory"], kinds["length"], kinds["start"]
        # The records that need not be measured again: all except those measured beside other programs.
        self.done = {where for where, record in kept.items() if record.get("others", 0) <= TAKEN_LIMIT}
