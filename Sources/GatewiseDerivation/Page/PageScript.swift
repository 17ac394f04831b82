/// The script of a page, which shows lines when one points at the picture. All it shows is already in the page.
enum PageScript {
  static let source = """
    "use strict";
    (() => {
      const panel = document.getElementById("panel");
      const hint = panel.innerHTML;
      const chosen = () => document.querySelector('input[name="rule"]:checked').value;
      const figure = () => document.querySelector(`figure.rule-${chosen()}`);
      // Marks of other blocks than the selected one are hidden.
      const marks = () => [...figure().querySelectorAll(".mark")].filter((mark) => mark.getClientRects().length);
      let shown = null;
      let pinned = null;

      const blocks = document.querySelector(".blocks");
      const articleOf = (line) => document.getElementById(`${chosen()}-${line}`);
      const blockOf = (found) => articleOf(found.line).dataset.block;

      // The lines of a mark, with the edges of each and the step: "12.0@2 3.1@2", or for a place "12 3".
      function allLines(mark) {
        const { step } = mark.dataset;
        if (mark.dataset.lines) {
          return mark.dataset.lines.split(" ").reverse().map((line) => ({ line, edges: [], step }));
        }
        const found = new Map();
        for (const [line, edge, at] of mark.dataset.edges.split(" ").map((run) => run.split(/[.@]/))) {
          if (!found.has(line)) found.set(line, { line, edges: [], step: at });
          found.get(line).edges.push(edge);
        }
        return [...found.values()];
      }

      // Without the lines of other blocks than the selected one, if there are other lines.
      const block = () => chosen() === blocks.dataset.rule && blocks.querySelector(":checked").value;
      function lines(mark, number = blocks && block()) {
        const all = allLines(mark);
        if (!number || number === "all") return all;
        const own = all.filter((found) => blockOf(found) === number);
        const shared = all.filter((found) => !blockOf(found));
        return own.length + shared.length ? [...own, ...shared] : all;
      }

      function article({ line, edges, step }) {
        const copy = articleOf(line).cloneNode(true);
        copy.removeAttribute("id");
        for (const term of copy.querySelectorAll("li[data-edges]")) {
          const own = term.dataset.edges.split(" ");
          term.classList.toggle("shown", edges.some((edge) => own.includes(edge)));
        }
        for (const row of copy.querySelectorAll("tr")) {
          const head = [...row.closest("table").tHead.rows[0].cells];
          const cell = row.cells[head.findIndex((other) => other.textContent === `t = ${step}`)];
          if (cell && head.length > 2) cell.classList.add("shown");
        }
        return copy;
      }

      function show(mark) {
        for (const old of document.querySelectorAll(".mark.shown, .mark.kin")) old.classList.remove("shown", "kin");
        shown = mark;
        if (!mark) {
          panel.innerHTML = hint;
          return;
        }
        mark.classList.add("shown");
        const number = blocks && block();
        const found = lines(mark, number);
        for (const other of marks()) {
          const isKin = other !== mark && mark.dataset.edges && other.dataset.edges
            && other.dataset.step === mark.dataset.step && lines(other, number)[0].line === found[0].line;
          other.classList.toggle("kin", Boolean(isKin));
        }
        const where = document.createElement("p");
        where.className = "where";
        where.textContent = found[0].line === allLines(mark)[0].line
          ? mark.getAttribute("aria-label") : `Line ${found[0].line}, t = ${found[0].step}`;
        panel.replaceChildren(where, article(found[0]));
        panel.className = `rule-${chosen()}`;
        panel.scrollTop = 0;
        const cell = panel.querySelector("td.shown");
        if (cell) cell.closest(".wide").scrollLeft = cell.offsetLeft - 120;
        for (const other of found.slice(1)) {
          const details = document.createElement("details");
          const summary = document.createElement("summary");
          // Another block's line is the same line with other numbers.
          const isAgain = Boolean(blockOf(other) && blockOf(found[0]));
          summary.textContent = isAgain
            ? `Block ${blockOf(other)}, line ${other.line}` : `Line ${other.line} runs here, too`;
          details.open = isAgain && !mark.dataset.lines;
          details.classList.toggle("again", isAgain);
          details.append(summary, article(other));
          panel.append(details);
        }
      }

      function focus(mark) {
        for (const other of marks()) other.setAttribute("tabindex", other === mark ? "0" : "-1");
        mark.focus();
      }

      // Left and right: the same mark at another step. Up and down: the other marks.
      function neighbour(mark, key) {
        const all = marks();
        const place = all.indexOf(mark);
        const inTime = (way) => all.find((other) => other.dataset.name === mark.dataset.name
          && Number(other.dataset.step) === Number(mark.dataset.step) + way);
        switch (key) {
          case "ArrowLeft": return inTime(-1);
          case "ArrowRight": return inTime(1);
          case "ArrowUp": return all[place - 1];
          case "ArrowDown": return all[place + 1];
          case "Home": return all[0];
          case "End": return all[all.length - 1];
          default: return null;
        }
      }

      const markOf = (event) => event.target.closest ? event.target.closest(".mark") : null;
      const pictures = document.querySelector(".pictures");
      // A resting mouse does not point at anything while the page scrolls under it.
      let last = "";
      const at = (event) => `${event.clientX} ${event.clientY}`;
      const isPointing = (event) => event.pointerType !== "touch" && at(event) !== last && markOf(event);
      document.addEventListener("pointermove", (event) => { last = at(event); });
      pictures.addEventListener("pointerover", (event) => {
        if (isPointing(event)) show(markOf(event));
      });
      pictures.addEventListener("pointerout", (event) => {
        if (isPointing(event) && pinned) show(pinned);
      });
      pictures.addEventListener("click", (event) => {
        pinned = markOf(event);
        if (pinned) focus(pinned);
      });
      pictures.addEventListener("focusin", (event) => {
        const mark = markOf(event);
        if (mark) {
          pinned = mark;
          show(mark);
        }
      });
      pictures.addEventListener("keydown", (event) => {
        const mark = markOf(event);
        if (!mark) return;
        if (event.key === "Escape") {
          pinned = null;
          show(null);
          return;
        }
        const next = neighbour(mark, event.key);
        if (next) focus(next);
        if (next || event.key.startsWith("Arrow")) event.preventDefault();
      });

      // After a change of the rule, the same edge stays shown if that rule has it.
      document.querySelector(".rules").addEventListener("change", () => {
        const old = shown;
        pinned = null;
        show(old && marks().find((mark) => mark.dataset.name === old.dataset.name
          && mark.dataset.step === old.dataset.step) || null);
      });
      pictures.addEventListener("change", () => {
        pinned = null;
        show(marks().find((mark) => mark === shown) || null);
      });
    })();
    """
}
