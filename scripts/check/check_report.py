"""Opens the pages of runs in headless Chromium and fails if one of these does not hold:

1. The charts have the values of log.jsonl, read from their axes as a person would, and show the last ones.
2. Every gate of every layer has its row of saturation, each cell with the fraction in log.jsonl.
3. No error is written to the console, and nothing but the page itself is loaded.
4. At 1280 and at 420 pixels, in light and dark mode, nothing is wider than the page, no text extends beyond its
   drawing or overlaps another, and none lacks contrast.

Usage: check_report.py FOLDER... [--shots FOLDER]
"""

import json
import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from chromium import Browser

# Lines with more points are drawn as the means of equal parts.
MOST_POINTS, MOST_CELLS = 400, 96
HELPERS = r"""
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const number = (element, name) => parseFloat(element.getAttribute(name));
// The visible content of a drawing: names, numbers along the axes, lines, cells, in its own coordinates.
const read = (figure) => {
  const svg = figure.querySelector(":scope > svg");
  const texts = all("text", svg).map((t) => ({ text: t.textContent, x: number(t, "x"), y: number(t, "y") - 4,
    anchor: t.getAttribute("text-anchor") }));
  return { title: figure.querySelector("h3").textContent, texts,
    lines: all("polyline", svg).map((l) => l.getAttribute("points").split(" ").map((p) => p.split(",").map(Number))),
    cells: all("rect.cell", svg).map((c) => ({ x: number(c, "x"), width: number(c, "width"), y: number(c, "y"),
      opacity: number(c, "fill-opacity"), words: c.querySelector("title").textContent })),
    legend: all("li", figure).map((item) => item.textContent) };
};
const background = (element) => {
  const paper = color(getComputedStyle(element).backgroundColor);
  return paper[3] === 0 && element.parentElement ? background(element.parentElement) : paper;
};
const pale = () => all("text, h1, h2, h3, p, li, b, th, td").filter((element) => {
  const style = getComputedStyle(element);
  return contrast(color(element.closest("svg") ? style.fill : style.color), background(element)) < 4.5;
}).map((element) => element.textContent);
// Texts that are not entirely in their drawing, and pairs that overlap.
const misplaced = () => all("figure > svg").flatMap((svg) => {
  const place = svg.getBoundingClientRect();
  const boxes = all("text", svg).map((t) => [t.textContent, t.getBoundingClientRect()]);
  const beyond = boxes.filter(([, b]) => b.left < place.left - 1 || b.right > place.right + 1
    || b.top < place.top - 1 || b.bottom > place.bottom + 1).map(([text]) => text + " is beyond its drawing");
  const pairs = boxes.flatMap(([text, a], i) => boxes.slice(i + 1).filter(([, b]) => a.left < b.right - 1
    && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4).map(([other]) => `${text} is on ${other}`));
  return beyond.concat(pairs).map((words) => svg.closest("figure").querySelector("h3").textContent + ": " + words);
});
const smallest = () => Math.min(...all("figure > svg text").map((t) => t.getScreenCTM().a
  * parseFloat(getComputedStyle(t).fontSize)));
"""


def significant(value, digits=4):
    """Returns a number as the page prints it."""
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -4 <= magnitude <= 9:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent):+03d}"
    return f"{value:.{max(0, digits - 1 - magnitude)}f}"


def percent(share):
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.0995 else f"{100 * share:.1f} %"


def condensed(points, count):
    """Returns the means of equal parts of a line of (step, value) if it has more points than that."""
    if len(points) <= count:
        return points
    parts = [points[i * len(points) // count:(i + 1) * len(points) // count] for i in range(count)]
    return [(sum(p[0] for p in part) // len(part), sum(p[1] for p in part) / len(part)) for part in parts]


def scale(marks, logarithmic=False):
    """Returns the function from a place on an axis to its value, from the marks (place, value); None with fewer than two."""
    marks = sorted(set(marks))
    if len(marks) < 2:
        return None
    (a, low), (b, high) = marks[0], marks[-1]
    if logarithmic:
        return lambda x: math.exp(math.log(low) + (x - a) / (b - a) * (math.log(high) - math.log(low)))
    return lambda x: low + (x - a) / (b - a) * (high - low)


def numeric(text):
    try:
        return float(text)
    except ValueError:
        return None


class Check:
    """The checks of several runs, and their results."""

    def __init__(self, browser, shots):
        self.browser, self.shots, self.problems, self.count = browser, shots, [], 0

    def expect(self, holds, words):
        self.count += 1
        if not holds:
            self.problems.append(words)

    def run(self, folder):
        name, began = folder.name, time.time()
        entries = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
        self.browser.open(folder / "report.html")
        figures = {figure["title"]: figure for figure in self.browser.run('all("figure").map(read)')}
        self.charts(name, figures, entries)
        self.maps(name, figures, entries)
        self.figures(name, entries)
        self.looks(name)
        complaints = self.browser.complaints()
        self.expect(not complaints, f"{name}: {complaints}")
        print(f"check/report: {name}: {len(entries)} entries, {len(figures)} drawings; {time.time() - began:.1f} s")

    def charts(self, name, figures, entries):
        """Checks that every line of every chart has the log's values."""
        def series(key):
            return [(entry["step"], entry[key]) for entry in entries if key in entry]

        def by_layer(key):
            layers = sorted({part.split("/")[0] for part in entries[-1][key]})
            return {layer.replace("layer", "layer "): [
                (entry["step"], math.sqrt(sum(norm ** 2 for part, norm in entry[key].items()
                                              if part.split("/")[0] == layer))) for entry in entries]
                for layer in layers}

        charts = {"Loss": {"training": series("loss"), "validation": series("validation")},
                  "Learning rate": {"learning rate": series("learningRate")},
                  "Gradient norm": {"gradient norm": series("gradientNorm")},
                  "Gradient norm by layer": by_layer("gradientNorms"),
                  "Norm of the parameters by layer": by_layer("weightNorms")}
        for title, lines in charts.items():
            self.expect(title in figures and lines, f"{name}: has no chart \"{title}\"")
            if title not in figures:
                continue
            drawn = figures[title]
            self.expect(len(drawn["lines"]) == len(lines), f"{name}, {title}: {len(drawn['lines'])} lines of {len(lines)}")
            self.lines(f"{name}, {title}", drawn, lines)

    def lines(self, name, drawn, lines):
        texts = drawn["texts"]
        logarithmic = any(t["text"].endswith(", logarithmic") for t in texts)
        upright = scale([(t["y"], numeric(t["text"])) for t in texts
                         if t["anchor"] == "end" and numeric(t["text"]) is not None], logarithmic)
        across = scale([(t["x"], numeric(t["text"])) for t in texts
                        if t["anchor"] == "middle" and numeric(t["text"]) is not None])
        self.expect(upright and across, f"{name}: an axis has fewer than two marks")
        if not upright or not across:
            return
        values = [value for line in lines.values() for _, value in line]
        # Places are written to a tenth of a pixel, at either end of the axis and in the place itself.
        fine = 0.003 * (max(values) - min(0, min(values)) or max(values))
        for (title, line), places, words in zip(lines.items(), drawn["lines"], drawn["legend"]):
            wanted = condensed(line, MOST_POINTS)
            self.expect(words == f"{title} {significant(line[-1][1])}",
                        f"{name}: the legend says \"{words}\", but the log {title} {significant(line[-1][1])}")
            self.expect(len(places) == len(wanted), f"{name}: {len(places)} points, but the log has {len(wanted)}")
            worst = 0
            for (x, y), (step, value) in zip(places, wanted):
                off = abs(upright(y) - value) / (0.01 * value if logarithmic else fine)
                worst = max(worst, off, abs(across(x) - step) / (0.003 * line[-1][0] + 1))
            self.expect(worst <= 1, f"{name}: {title} is off by {worst:.1f} times the rounding error")

    def maps(self, name, figures, entries):
        entries = [entry for entry in entries if "saturation" in entry]
        self.expect(bool(entries), f"{name}: the log has no saturation")
        if not entries:
            return
        gates = ["input", "forget", "candidate", "output"]
        parts = sorted(entries[-1]["saturation"], key=lambda part: (part.split("/")[0], gates.index(part.split("/")[1])))
        layers = sorted({part.split("/")[0] for part in parts})
        greatest = max(share for entry in entries for share in entry["saturation"].values())
        most = next((limit for limit in (0.1, 0.2, 0.5) if greatest <= limit), 1)
        for layer in layers:
            title = layer.replace("layer", "layer ")
            self.expect(title in figures, f"{name}: has no map of {title}")
            if title not in figures:
                continue
            drawn, own = figures[title], [part for part in parts if part.startswith(layer + "/")]
            rows = sorted({cell["y"] for cell in drawn["cells"]})
            self.expect(len(rows) == len(own), f"{name}, {title}: {len(rows)} rows for {len(own)} gates")
            for y, part in zip(rows, own):
                line = [(entry["step"], entry["saturation"][part]) for entry in entries]
                beside = [t["text"] for t in drawn["texts"] if abs(t["y"] + 4 - 20 - y) < 1]
                self.expect(beside == [part.split("/")[1], percent(line[-1][1])],
                            f"{name}, {title}: the row of {part} is labeled {beside}, not {percent(line[-1][1])}")
                cells = [cell for cell in drawn["cells"] if cell["y"] == y]
                wanted, start = [], 0
                for step, share in condensed(line, MOST_CELLS):
                    wanted.append((f"steps {start} to {step}: {percent(share)}", round(math.sqrt(share / most), 2)))
                    start = step
                found = [(cell["words"], cell["opacity"]) for cell in cells]
                wrong = [pair for pair in zip(found, wanted) if pair[0][0] != pair[1][0]
                         or abs(pair[0][1] - pair[1][1]) > 0.011]
                self.expect(len(found) == len(wanted) and not wrong,
                            f"{name}, {part}: {len(found)} cells of {len(wanted)}, wrong: {wrong[:1]}")
                gaps = [a for a, b in zip(cells, cells[1:]) if abs(a["x"] + a["width"] - b["x"]) > 0.5]
                self.expect(len(gaps) <= 1, f"{name}, {part}: gaps between cells: {gaps[:2]}")

    def figures(self, name, entries):
        rows = dict(self.browser.run('all("table.figures tr").map((row) => all("th, td", row).map((c) => c.textContent))'))
        last = entries[-1]
        for title, value in (("Updates", str(last["step"])), ("Training loss", significant(last["loss"])),
                             ("Validation loss", significant(last["validation"])),
                             ("Best validation loss", significant(min(e["validation"] for e in entries
                                                                      if "validation" in e)))):
            self.expect(rows.get(title, "").split(" ")[0] == value,
                        f"{name}: {title} is \"{rows.get(title)}\", but the log has {value}")
        settings = self.browser.run('all("table.settings tr").length')
        self.expect(settings > 10, f"{name}: only {settings} settings")

    def looks(self, name):
        papers = []
        for width in (1280, 420):
            for scheme in ("light", "dark"):
                self.browser.resize(width, 900, touch=width == 420)
                self.browser.prefer(scheme)
                where = f"{name}, {width} pixels, {scheme}"
                wide = self.browser.run("document.documentElement.scrollWidth")
                self.expect(wide <= width, f"{where}: {wide} pixels wide")
                pale = self.browser.run("pale()")
                self.expect(not pale, f"{where}: too pale: {pale}")
                misplaced = self.browser.run("misplaced()")
                self.expect(not misplaced, f"{where}: {misplaced}")
                small = self.browser.run("smallest()")
                self.expect(small >= 9, f"{where}: letters of {small:.1f} pixels")
                papers.append(self.browser.run("getComputedStyle(document.body).backgroundColor"))
                if self.shots:
                    self.browser.screenshot(self.shots / f"{name}-{width}-{scheme}.png", whole=True)
        self.expect(papers[0] != papers[1] and papers[:2] == papers[2:], f"{name}: the papers are {papers}")


def main():
    arguments = sys.argv[1:]
    shots = None
    if "--shots" in arguments:
        index = arguments.index("--shots")
        shots = Path(arguments[index + 1])
        shots.mkdir(parents=True, exist_ok=True)
        del arguments[index:index + 2]
    browser = Browser((Path(__file__).resolve().parents[1] / "lib/contrast.js").read_text(encoding="utf-8") + HELPERS)
    check = Check(browser, shots)
    try:
        for folder in arguments:
            check.run(Path(folder))
    finally:
        browser.close()
    for problem in check.problems:
        print(f"check/report: {problem}", file=sys.stderr)
    print(f"check/report: {check.count} checks, {len(check.problems)} failed")
    return 1 if check.problems or not check.count else 0


if __name__ == "__main__":
    sys.exit(main())
