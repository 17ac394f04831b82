"""Two charts of a run: the ratio to the best peer of every row, and every engine's speed in percent of SGEMM."""

from itertools import groupby
from math import floor, log2
from pathlib import Path
from statistics import median

import about
from book import label
from report import NAMES, count
from svg import DARK, LIGHT, Drawing

LABELS, PANEL, GAP, TOP, ROW, GROUP, FOOT = 196, 350, 44, 112, 26, 34, 86
# The end of the axis of ratios.
CUT = 8
KINDS = ["Training", "Inference", "Training, Float64", "Training, lengths T/4 to T", "Both directions", "Projections",
         "One step of a session"]


def kind(figures):
    row = figures.row
    if row["directions"] == 2 or row["projectionSize"]:
        return KINDS[4] if row["directions"] == 2 else KINDS[5]
    if row["mode"] == "train":
        return KINDS[2] if row["dtype"] == "float64" else KINDS[3] if row["lengths"] else KINDS[0]
    return KINDS[1] if row["mode"] == "infer" else KINDS[6]


def short(figures):
    """Returns the label of a row below the heading of its group."""
    return label(figures.row).removesuffix(", float64")


class Panels:
    """Rows in groups, with a panel for every number of threads beside them; `place` maps a value to 0…1."""

    def __init__(self, results, palette, title, subtitle, place):
        self.place = place
        self.threads = sorted({figures.threads for figures in results.figures})
        names = {figures.row["name"]: figures for figures in results.figures if figures.ratios}
        rows = sorted(names.values(), key=lambda figures: KINDS.index(kind(figures)))
        self.groups = [(name, list(group)) for name, group in groupby(rows, key=kind)]
        self.bottom = TOP + len(self.groups) * GROUP + len(rows) * ROW
        width = 24 + LABELS + len(self.threads) * (PANEL + GAP)
        self.drawing = Drawing(width, self.bottom + FOOT, palette, title)
        self.by_key = {(figures.row["name"], figures.threads): figures for figures in results.figures}
        self.drawing.text(24, 36, title, size=19, weight=600)
        self.drawing.text(24, 58, subtitle, "soft")
        for place, line in enumerate([about.machine(results.about), about.software(results.about, NAMES)]):
            self.drawing.text(24, self.bottom + 42 + 16 * place, line, "soft", size=11)

    def x(self, threads, value):
        left = 24 + LABELS + self.threads.index(threads) * (PANEL + GAP)
        return left + PANEL * min(1, max(0, self.place(value)))

    def axis(self, ticks, say):
        """Draws headings of the panels, and a line with its value, above and below, at every tick."""
        for threads in self.threads:
            self.drawing.text(self.x(threads, ticks[0]), TOP - 26, count(threads), weight=600)
            for tick in ticks:
                x = self.x(threads, tick)
                self.drawing.line(x, TOP, x, self.bottom, "grid")
                for y in (TOP - 8, self.bottom + 16):
                    self.drawing.text(x, y, say(tick), "soft", size=11, anchor="middle")

    def rows(self, draw):
        """Calls `draw(figures, y)` for every measured row of every panel, y in its middle."""
        y = TOP
        for name, group in self.groups:
            self.drawing.text(24, y + 23, name, size=13, weight=600)
            y += GROUP
            for figures in group:
                self.drawing.text(36, y + ROW / 2 + 4, short(figures), "soft", size=12)
                for threads in self.threads:
                    if own := self.by_key.get((figures.row["name"], threads)):
                        draw(own, y + ROW / 2)
                y += ROW


def ratio_chart(results, palette):
    """Draws Gatewise's speed over the best peer's, on a logarithmic axis; bars beyond its end are cut there."""
    values = [figures.ratios[figures.best_peer][0] for figures in results.figures if figures.ratios]
    low, high = min(-1, floor(log2(min(values)))), log2(CUT)
    panels = Panels(results, palette, "Speed relative to the best other engine",
                    "Gatewise's speed over that of the fastest peer of each row: median and quartiles of paired rounds",
                    lambda value: (log2(value) - low) / (high - low))
    panels.axis([2.0 ** power for power in range(low, int(high) + 1)], lambda tick: f"{tick:g}×")
    drawing = panels.drawing
    for threads in panels.threads:
        drawing.line(panels.x(threads, 1), TOP, panels.x(threads, 1), panels.bottom, "ink", 1.2)

    def draw(figures, y):
        if not figures.ratios:
            return
        threads, (q1, middle, q3) = figures.threads, figures.ratios[figures.best_peer]
        said, name = f"{middle:.2f}" if middle < 10 else f"{middle:.0f}", NAMES[figures.best_peer]
        one, end = panels.x(threads, 1), panels.x(threads, middle)
        drawing.rectangle(min(one, end), y - 7, abs(end - one), 14, "own" if middle >= 1 else "behind", 2)
        if middle > CUT:
            # The end of the bar is not its value: it has a gap, and the number is inside.
            drawing.rectangle(end - 16, y - 8, 4, 16, "page")
            drawing.text(end - 24, y + 4, f"{said} {name}", "page", size=12, anchor="end", weight=600)
            return
        drawing.line(panels.x(threads, q1), y, panels.x(threads, q3), y, "ink", 1.5)
        beside = max(one, panels.x(threads, q3)) + 7
        drawing.text(beside, y + 4, said, size=12, weight=600)
        drawing.text(beside + 7.3 * len(said) + 6, y + 4, name, "soft", size=11)

    panels.rows(draw)
    return drawing


def share_chart(results, palette):
    """Draws every engine's speed in percent of SGEMM 2048³, with the peak."""
    peaks = {threads: median(f.peak_share for f in results.figures if f.threads == threads)
             for threads in {f.threads for f in results.figures}}
    top = max(1.2, *(peak + 0.12 for peak in peaks.values()))
    panels = Panels(results, palette, "Share of the matrix product's speed",
                    "Operations per second in percent of SGEMM 2048³ in the same rounds", lambda value: value / top)
    panels.axis([0, 0.25, 0.5, 0.75, 1], lambda tick: f"{tick:.0%}")
    drawing = panels.drawing
    for threads, peak in peaks.items():
        drawing.line(panels.x(threads, 1), TOP, panels.x(threads, 1), panels.bottom, "ink", 1.2)
        drawing.line(panels.x(threads, peak), TOP, panels.x(threads, peak), panels.bottom, "ink", 1.2, "2 4")
        drawing.text(panels.x(threads, peak), TOP - 24, f"peak {peak:.0%}", "soft", size=11, anchor="middle")

    def draw(figures, y):
        start, end = panels.x(figures.threads, 0), panels.x(figures.threads, figures.share[1])
        drawing.rectangle(start, y - 7, end - start, 14, "own", 2)
        for peer, share in figures.peer_shares.items():
            drawing.mark(panels.x(figures.threads, share), y, peer)

    panels.rows(draw)
    key = drawing.width - GAP - 390
    drawing.rectangle(key, 26, 20, 12, "own", 2)
    drawing.text(key + 27, 36, "Gatewise", size=12)
    for place, peer in zip((108, 188, 308), NAMES):
        drawing.mark(key + place, 32, peer)
        drawing.text(key + place + 11, 36, NAMES[peer], size=12)
    return drawing


CHARTS = {"compare-ratio": ratio_chart, "compare-share": share_chart}


def save(results, folder):
    """Writes every chart for a light page, and with `~dark` after its name for a dark one."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in CHARTS.items():
        chart(results, LIGHT).save(folder / f"{name}.svg")
        chart(results, DARK).save(folder / f"{name}~dark.svg")
