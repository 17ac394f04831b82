"""Opens the pages and the drawing in a folder in headless Chromium and fails if one of these does not hold:

1. No error is written to the console, nothing but the file itself is loaded, no text lacks contrast.
2. Selecting a rule, by mouse and by keyboard, shows only its picture and lines; its cuts are dashed, in its color.
3. Every edge can be pointed at. Pointing, tapping and the keyboard show its line with the numbers of the page. The
   panel stays visible while scrolling along the picture.
4. Selecting a block of truncated BPTT leaves only its errors, and shows its lines.
5. Light and dark differ. At 375, 1024 and 1280 pixels nothing is wider than the page.
6. Without its script the page shows the same pictures and lines.

It controls the browser through two pipes, in the protocol of its developer tools.
Usage: check_picture.py FOLDER [FOLDER FOR SCREENSHOTS]
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from chromium import Browser


class Check:
    """The checks of one folder, and their results."""

    def __init__(self, browser, folder, shots):
        self.browser, self.folder, self.shots, self.problems, self.count = browser, folder, shots, [], 0

    def expect(self, holds, words):
        self.count += 1
        if not holds:
            self.problems.append(words)

    def quiet(self, name):
        complaints = self.browser.complaints()
        self.expect(not complaints, f"{name}: {complaints}")

    def shoot(self, name):
        if self.shots:
            self.browser.screenshot(self.shots / f"{name}.png")

    def choose(self, key):
        """Clicks on a rule."""
        x, y = self.browser.run(f"""(() => {{ const box = document.getElementById("choose-{key}");
          box.scrollIntoView({{ block: "center" }}); const r = box.getBoundingClientRect();
          return [r.left + r.width / 2, r.top + r.height / 2]; }})()""")
        self.browser.point(x, y, click=True)

    def page(self, path, wholly):
        """Checks a page; omits checks that do not depend on the stack if another page has passed them."""
        name, began = path.stem, time.time()
        self.browser.open(path, 1700, 2400)
        rules = self.rules(name)
        self.edges(name, rules, every=19 if wholly else 53)
        self.blocks(name)
        self.widths(name, rules if wholly else rules[:1])
        if wholly:
            self.keyboard(name)
            self.colors(name, rules)
        self.quiet(name)
        if wholly:
            self.without_script(name, path, rules)
        print(f"check/picture: {name}: rules {', '.join(rules)}; {time.time() - began:.0f} s")

    def rules(self, name):
        browser = self.browser
        rules = browser.run('[...document.querySelectorAll("input[name=rule]")].map((box) => box.value)')
        self.expect(len(rules) >= 6 and "tbptt" in rules, f"{name}: only the rules {rules}")
        cuts = {}
        for rule in rules:
            self.choose(rule)
            shown = browser.run('[shownFigures.map(ruleOf), [...document.querySelectorAll("section")]'
                                ".filter((s) => s.getClientRects().length).map(ruleOf)]")
            self.expect(shown == [[rule], [rule]], f"{name}: {rule} is selected, but {shown} is shown")
            cuts[rule], wrong, colors = browser.run("cuts()")
            words = f"{wrong} edges are dashed wrongly; cuts in its color: {colors}"
            self.expect(wrong == 0 and colors, f"{name}, {rule}: {words}")
            browser.run("scrollTo(0, 0)")
            self.shoot(f"{name}-{rule}")
        for rule, count in cuts.items():
            self.expect((count == 0) == (rule in ("bptt", "rtrl")), f"{name}, {rule}: {count} edges are cut")
        browser.run(f'document.getElementById("choose-{rules[0]}").focus()')
        browser.key("ArrowRight")
        self.expect(browser.run("shownFigures.map(ruleOf)") == [rules[1]], f"{name}: the arrow key selects no rule")
        return rules

    def edges(self, name, rules, every):
        browser = self.browser
        for rule in rules:
            self.choose(rule)
            browser.run("scrollTo(0, 0)")
            hidden = browser.run('edges.filter((edge) => !spot(edge)).map((edge) => edge.getAttribute("aria-label"))')
            self.expect(not hidden, f"{name}, {rule}: cannot be pointed at: {hidden}")
            overlaps = browser.run("overlaps()")
            self.expect(not overlaps, f"{name}, {rule}: overlapping labels: {overlaps}")
            for index in range(0, browser.run("edges.length"), every):
                x, y = browser.run(f"spot(edges[{index}])") or (0, 0)
                browser.point(x, y)
                self.expect(browser.run(f"shows(edges[{index}])"),
                            f"{name}, {rule}: pointing at edge {index} does not show its line")
        self.shoot(f"{name}-pointed")

    def blocks(self, name):
        browser = self.browser
        self.choose("tbptt")
        browser.run("scrollTo(0, 0)")
        boxes = browser.run('[...figure.querySelectorAll("input[name=block]")].map((box) => box.value)')
        self.expect(len(boxes) > 2 and boxes[0] == "all", f"{name}: only the blocks {boxes}")
        cut = 0
        for block in boxes[1:] + boxes[:1]:
            browser.run(f'document.getElementById("block-{block}").click()')
            wrong = browser.run(f'wrongInBlock("{block}")')
            self.expect(not wrong, f"{name}: block {block} is selected, but {wrong}")
            self.shoot(f"{name}-block-{block}")
            if block == "all":
                continue
            own = f'edges.filter((edge) => edge.matches(".block-{block}"))'
            cut += browser.run(f'{own}.filter((edge) => edge.matches(".cut")).length')
            hidden = browser.run(f'{own}.filter((edge) => !spot(edge)).map((edge) => edge.getAttribute("aria-label"))')
            self.expect(not hidden, f"{name}, block {block}: cannot be pointed at: {hidden}")
            for index in range(0, browser.run(f"{own}.length"), 13):
                x, y = browser.run(f"spot({own}[{index}])") or (0, 0)
                browser.point(x, y)
                found = browser.run('panel.querySelector("article").dataset.block')
                # The sum over the blocks belongs to no block.
                is_sum = browser.run(f'{own}[{index}].dataset.name.endsWith("-gradient")')
                self.expect(found == (None if is_sum else block),
                            f"{name}, block {block}: pointing at edge {index} shows block {found}")
        self.expect(cut > 0, f"{name}: no block is cut")

    def keyboard(self, name):
        browser = self.browser
        browser.resize(1280, 900)
        browser.run('document.getElementById("choose-r1").click()')
        browser.run("figure.scrollIntoView()")
        browser.run('document.querySelector("input[name=rule]:checked").focus()')
        browser.key("Tab")
        active = "document.activeElement"
        # A picture that is wider than its place is a separate tab stop.
        if browser.run(f'{active}.classList.contains("canvas")'):
            browser.key("Tab")
        found = browser.run(f"{active}.outerHTML.slice(0, 80)")
        self.expect(browser.run(f'figure.contains({active}) && {active}.matches(".edge")'),
                    f"{name}: tab leads to {found}")
        self.expect(browser.run(f"shows({active})"), f"{name}: focus does not show the line")
        self.expect(browser.run(f'getComputedStyle({active}.querySelector(".hit")).stroke !== "rgba(0, 0, 0, 0)"'),
                    f"{name}: focus is not visible")
        seen = set()
        for way in ["Right", "Down", "Down", "Right", "Left", "Up"] + ["Down"] * 30:
            key = f"Arrow{way}"
            browser.key(key)
            label = browser.run(f'{active}.getAttribute("aria-label")')
            seen.add(label)
            self.expect(browser.run(f"shows({active})"), f"{name}: {key} does not show the line of {label}")
            self.expect(browser.run(f"""(() => {{ const r = {active}.getBoundingClientRect();
              return r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth; }})()"""),
                        f"{name}: the focus on {label} is not visible")
        self.expect(len(seen) > 30, f"{name}: the arrow keys reach only {len(seen)} edges")
        self.shoot(f"{name}-focus")
        browser.key("Escape")
        self.expect(browser.run('Boolean(panel.querySelector(".hint"))'), f"{name}: Escape does not clear the panel")

    def widths(self, name, rules):
        browser = self.browser
        for width, height in ((375, 720), (1024, 800), (1280, 800)):
            browser.resize(width, height, touch=width == 375)
            for rule in rules:
                browser.run(f'document.getElementById("choose-{rule}").click()')
                wide = browser.run("document.documentElement.scrollWidth")
                self.expect(wide <= width, f"{name}, {rule}: {wide} pixels wide, but the page has {width}")
                texts = browser.run("""[...figure.querySelectorAll(".label")].map((l) => l.getScreenCTM().a
                  * parseFloat(getComputedStyle(l).fontSize)).reduce((a, b) => Math.min(a, b), 99)""")
                self.expect(texts >= 8.5, f"{name}, {rule}: labels of {texts:.1f} pixels at {width}")
            browser.run("figure.scrollIntoView()")
            x, y = browser.run("edges.reduce((at, edge) => at || spot(edge), null)")
            (browser.tap if width == 375 else browser.point)(x, y)
            self.expect(browser.run('Boolean(panel.querySelector("article"))'), f"{name}: no line is shown at {width}")
            below = browser.run('panel.getBoundingClientRect().left < figure.getBoundingClientRect().right')
            self.expect(below == (width == 375), f"{name}: the panel is in the wrong place at {width}")
            if width > 375:
                browser.run("figure.scrollIntoView({ block: 'end' })")
            self.expect(browser.run("panel.getBoundingClientRect().top < innerHeight"
                                    " && panel.getBoundingClientRect().bottom > 0"),
                        f"{name}: the panel is not visible at {width}")
            self.shoot(f"{name}-{width}")

    def colors(self, name, rules):
        papers = []
        for scheme in ("light", "dark"):
            self.browser.prefer(scheme)
            for rule in rules:
                self.browser.run(f'document.getElementById("choose-{rule}").click()')
                paper, pale = self.browser.run("[getComputedStyle(document.body).backgroundColor, pale()]")
                self.expect(not pale, f"{name}, {rule}, {scheme}: too little contrast: {pale}")
            papers.append(paper)
            self.browser.run("figure.scrollIntoView()")
            self.browser.point(*self.browser.run("edges.reduce((at, edge) => at || spot(edge), null)"))
            self.shoot(f"{name}-{scheme}")
        self.expect(papers[0] != papers[1], f"{name}: light and dark are the same")

    def without_script(self, name, path, rules):
        self.browser.send("Emulation.setScriptExecutionDisabled", value=True)
        self.browser.open(path)
        for rule in rules:
            self.choose(rule)
            self.expect(self.browser.run("shownFigures.map(ruleOf)") == [rule],
                        f"{name}: without script {rule} is not shown")
        self.expect(self.browser.run('[...document.querySelectorAll("article")].filter(isShown).length > 5'),
                    f"{name}: without script there are no lines")
        self.browser.send("Emulation.setScriptExecutionDisabled", value=False)

    def drawing(self, path):
        papers = []
        self.browser.open(path, 1200, 1250)
        for scheme in ("light", "dark"):
            self.browser.prefer(scheme)
            papers.append(self.browser.run('getComputedStyle(document.querySelector(".paper")).fill'))
            counts = self.browser.run('[".edge", ".edge.cut", "svg > title, svg > desc"]'
                                      ".map((selector) => document.querySelectorAll(selector).length)")
            self.expect(counts[0] > 50 and counts[1] > 0 and counts[2] == 2, f"{path.stem}: has only {counts}")
            self.shoot(f"{path.stem}-{scheme}")
        self.quiet(path.stem)
        self.expect(papers[0] != papers[1], f"{path.stem}: light and dark are the same")


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__)
        return 64
    folder = Path(sys.argv[1])
    shots = Path(sys.argv[2]) if len(sys.argv) == 3 else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).resolve()
    browser = Browser("".join(path.read_text(encoding="utf-8")
                              for path in (script.parents[1] / "lib/contrast.js", script.with_suffix(".js"))))
    try:
        check = Check(browser, folder, shots)
        for path in sorted(folder.glob("*.html")):
            check.page(path, wholly=path.stem == "layers2")
        for path in sorted(folder.glob("*.svg")):
            check.drawing(path)
    finally:
        browser.close()
    for problem in check.problems:
        print(f"check/picture: {problem}", file=sys.stderr)
    print(f"check/picture: {check.count} checks, {len(check.problems)} failed")
    return 1 if check.problems or not check.count else 0


if __name__ == "__main__":
    sys.exit(main())
