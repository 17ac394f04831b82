/// What a page does when one points at its picture. All that it shows stands in the page already.
enum PageScript {
  static let source = """
    "use strict";
    (() => {
      const panel = document.getElementById("panel");
      const hint = panel.innerHTML;
      const chosen = () => document.querySelector('input[name="rule"]:checked').value;
      const figure = () => document.querySelector(`figure.rule-${chosen()}`);
      const marks = () => [...figure().querySelectorAll(".mark")];
      let shown = null;
      let pinned = null;

      // Which lines a mark stands for, and which edges of each: "12.0@2 3.1@2", or of a place "12 3".
      function lines(mark) {
        if (mark.dataset.lines) {
          return mark.dataset.lines.split(" ").reverse().map((line) => ({ line, edges: [] }));
        }
        const found = new Map();
        for (const [line, edge] of mark.dataset.edges.split(" ").map((run) => run.split("@")[0].split("."))) {
          if (!found.has(line)) found.set(line, []);
          found.get(line).push(edge);
        }
        return [...found].map(([line, edges]) => ({ line, edges }));
      }

      function article({ line, edges }, step) {
        const copy = document.getElementById(`${chosen()}-${line}`).cloneNode(true);
        copy.removeAttribute("id");
        for (const term of copy.querySelectorAll("li[data-edges]")) {
          const own = term.dataset.edges.split(" ");
          term.classList.toggle("shown", edges.some((edge) => own.includes(edge)));
        }
        for (const row of copy.querySelectorAll("tr")) {
          const cell = row.cells.length > 2 ? row.cells[Number(step)] : null;
          if (cell) cell.classList.add("shown");
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
        const found = lines(mark);
        for (const other of marks()) {
          const isKin = other !== mark && mark.dataset.edges && other.dataset.edges
            && other.dataset.step === mark.dataset.step && lines(other)[0].line === found[0].line;
          other.classList.toggle("kin", Boolean(isKin));
        }
        const where = document.createElement("p");
        where.className = "where";
        where.textContent = mark.getAttribute("aria-label");
        panel.replaceChildren(where, article(found[0], mark.dataset.step));
        panel.className = `rule-${chosen()}`;
        panel.scrollTop = 0;
        const cell = panel.querySelector("td.shown");
        if (cell) cell.closest(".wide").scrollLeft = cell.offsetLeft - 120;
        for (const other of found.slice(1)) {
          const details = document.createElement("details");
          const summary = document.createElement("summary");
          summary.textContent = `Line ${other.line} runs here, too`;
          details.append(summary, article(other, mark.dataset.step));
          panel.append(details);
        }
      }

      function focus(mark) {
        for (const other of marks()) other.setAttribute("tabindex", other === mark ? "0" : "-1");
        mark.focus();
      }

      // Left and right: the same at another step. Up and down: what else there is.
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
      // A mouse that rests while the page scrolls under it points at nothing.
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

      // Another rule: the same edge stays shown where that rule has it.
      document.querySelector(".rules").addEventListener("change", () => {
        const old = shown;
        pinned = null;
        show(old && marks().find((mark) => mark.dataset.name === old.dataset.name
          && mark.dataset.step === old.dataset.step) || null);
      });
    })();
    """
}
