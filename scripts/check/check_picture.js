// The helpers of scripts/check/check_picture.py; run again before each query.
const shownFigures = [...document.querySelectorAll("figure")].filter((f) => f.getClientRects().length);
const figure = shownFigures[0];
const edges = figure ? [...figure.querySelectorAll(".edge")] : [];
const panel = document.getElementById("panel");
const ruleOf = (element) => [...element.classList].find((name) => name.startsWith("rule-")).slice(5);
// The point where an edge, and no other, receives the mouse: [x, y], or null. Scrolls a picture that is wider than its
// place.
const spot = (edge) => {
  const path = edge.querySelector(".line");
  const canvas = edge.closest(".canvas");
  const [own, place] = [path.getBoundingClientRect(), canvas.getBoundingClientRect()];
  if (own.left < place.left || own.right > place.right) canvas.scrollLeft += own.right - place.right + 20;
  const matrix = path.getScreenCTM();
  const length = path.getTotalLength();
  for (const part of [.5, .4, .6, .3, .7, .2, .8, .1, .9, .05, .95]) {
    const at = path.getPointAtLength(part * length).matrixTransform(matrix);
    const hit = document.elementFromPoint(at.x, at.y);
    if (hit && hit.closest(".mark") === edge) return [at.x, at.y];
  }
  return null;
};
const numbers = (article) => [...article.querySelectorAll("td")].map((cell) => cell.textContent).join(" ");

const texts = "text, p, td, th, dd, dt, li, span, h1, h2, h3";
const isShown = (element) => {
  const byRule = element.closest(".by-rule");
  return !byRule || byRule.classList.contains("rule-" + ruleOf(figure));
};
// Texts with too little contrast to the page's background.
const pale = () => {
  const paper = color(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll(texts)].filter(isShown).filter((element) => {
    const style = getComputedStyle(element);
    return contrast(color(element.matches("text") ? style.fill : style.color), paper) < 4.5;
  }).map((element) => element.textContent).slice(0, 5);
};
// Labels that overlap.
const overlaps = () => {
  const labels = [...figure.querySelectorAll(".label")].map((label) => [label.textContent,
    label.getBoundingClientRect(), label.closest(".edge").dataset.edges]);
  const found = [];
  labels.forEach(([text, a, of], i) => labels.slice(i + 1).forEach(([other, b, ofOther]) => {
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (width > 3 && height > 7) found.push(`${text} (${of}) and ${other} (${ofOther})`);
  }));
  return found;
};
// The number of cut edges, of wrongly dashed ones, and whether the cut ones have the rule's color.
const cuts = () => {
  const style = (edge) => getComputedStyle(edge.querySelector(".line"));
  const isCut = (edge) => edge.classList.contains("cut");
  const probe = document.createElement("i");
  probe.style.color = "var(--rule)";
  figure.append(probe);
  const own = getComputedStyle(probe).color;
  probe.remove();
  const isDashed = (edge) => style(edge).strokeDasharray !== "none";
  return [edges.filter(isCut).length, edges.filter((edge) => isDashed(edge) !== isCut(edge)).length,
    edges.filter(isCut).every((edge) => style(edge).stroke === own)];
};
// Whether the panel has the line of a mark, its step, and its numbers in the page.
const shows = (mark) => {
  const article = panel.querySelector("article");
  if (!article || !mark || !mark.matches(".mark")) return false;
  // An edge lists its lines and their edges, its own first; a place lists its lines, the last first.
  const isEdge = mark.matches(".edge");
  const line = isEdge ? mark.dataset.edges.split(".")[0] : mark.dataset.lines.split(" ").pop();
  const own = document.getElementById(ruleOf(figure) + "-" + line);
  return article.dataset.line === line && numbers(article) === numbers(own) && numbers(article).length > 0
    && (article.querySelectorAll("li.shown").length > 0) === isEdge && article.querySelectorAll("dd").length >= 3
    && mark.classList.contains("shown")
    && panel.querySelector(".where").textContent === mark.getAttribute("aria-label");
};
// The errors while a block is selected: an edge of it that is pale or wrongly dashed, or one of another block that is
// not pale.
const wrongInBlock = (block) => edges.filter((edge) => {
  const style = (part) => getComputedStyle(edge.querySelector(part));
  const isDrawn = edge.getClientRects().length > 0 && style(".head").display !== "none";
  const isDashed = edge.getClientRects().length > 0 && style(".line").strokeDasharray !== "none";
  const isOwn = block === "all" || !edge.matches(".in-blocks") || edge.matches(`.block-${block}`);
  return isDrawn !== isOwn || isDashed !== (isOwn && edge.matches(".cut"));
}).map((edge) => edge.getAttribute("aria-label")).slice(0, 3).join("; ");
