// Runs on the page that is looked at; the last argument tells the answer.
const told = arguments[arguments.length - 1];
const name = (element) => {
  const text = (element.getAttribute("aria-label") || element.innerText || element.value || element.name || "").trim();
  return element.tagName.toLowerCase() + (element.id ? "#" + element.id : "") + " " + JSON.stringify(text.slice(0, 40));
};
const shown = (element) => element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true });
const interactive = () => [
  ...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]"),
].filter((element) => shown(element) && !element.disabled && element.getBoundingClientRect().width > 1);

// A thumb hits the label as well as the field; a link within a sentence is as high as the sentence (WCAG 2.5.8).
const target = (element) => {
  const boxes = [element, ...(element.labels || []), element.closest("label")].filter(Boolean);
  return boxes.map((box) => box.getBoundingClientRect()).reduce(
    (most, box) => (box.width * box.height > most.width * most.height ? box : most));
};
const inSentence = (element) => {
  if (element.tagName !== "A" || getComputedStyle(element).display !== "inline") return false;
  const around = element.parentElement.innerText.trim();
  return around.length > element.innerText.trim().length + 3;
};
const small = () => interactive().filter((element) => {
  const box = target(element);
  return !inSentence(element) && (box.width < 47.5 || box.height < 47.5);
}).map((element) => name(element) + " " + Math.round(target(element).width) + "×" + Math.round(target(element).height));

const unreached = () => interactive().filter((element) => {
  if (element.type === "radio" && element.name) return false;
  return element.tabIndex < 0;
}).map(name);

const unseenFocus = () => {
  const before = document.activeElement;
  const missing = interactive().filter((element) => {
    element.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== element) return false;
    const label = element.closest("label");
    const parts = [element, element.nextElementSibling, label].filter(Boolean).map((part) => getComputedStyle(part));
    return !parts.some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none");
  }).map(name);
  document.activeElement.blur();
  if (before !== document.body) before.focus({ preventScroll: true });
  return missing;
};

const bytes = () => {
  const came = (entry) => entry.encodedBodySize || 0;
  const page = performance.getEntriesByType("navigation").map(came);
  const parts = performance.getEntriesByType("resource")
    .filter((entry) => entry.initiatorType === "link" || entry.initiatorType === "script").map(came);
  return [...page, ...parts].reduce((sum, one) => sum + one, 0);
};

// The main button stays in sight, and nothing that stays lies on it.
const covered = () => [...document.querySelectorAll(".act button, .act a")].filter((element) => {
  const box = element.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return shown(element) && at && at.closest("nav, header") && !at.closest(".act");
}).map(name);

// What is moving is looked at when it has come to rest.
// What lies under a bar that stays is reached by scrolling, and focus scrolls there by itself (scroll-padding).
const bars = [...document.querySelectorAll("body *")].filter((element) => getComputedStyle(element).position === "sticky");
bars.forEach((bar) => { bar.style.position = "static"; });
const rules = { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } };
axe.run(document, rules).then((result) => { bars.forEach((bar) => { bar.style.position = ""; }); told({
  violations: result.violations.flatMap((found) => found.nodes.map((node) =>
    found.id + " (" + found.impact + "): " + node.target.join(" ") + " — " + (node.failureSummary || "").split("\n").slice(1, 2).join(" ").trim())),
  small: small(),
  unreached: unreached(),
  unseen_focus: unseenFocus(),
  covered: covered(),
  bytes: bytes(),
}); }, (problem) => told({
  violations: ["axe does not run: " + problem], small: [], unreached: [], unseen_focus: [], covered: [], bytes: 0,
}));
