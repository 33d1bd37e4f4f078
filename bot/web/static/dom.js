// Making elements. Text is always text: nothing here, or anywhere on the page, writes HTML.

/** An element with properties ("class", "dataset.x", attributes, "onclick") and children (nodes or text). */
export function el(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Tell a screen reader, politely. */
export function announce(words) {
  byId("status").textContent = words;
}

const NEAR = 180; // pixels from the end that still count as being there

/** Change the page; whoever was reading its end stays there. */
export function keepingPlace(change) {
  const root = document.documentElement;
  const atEnd = root.scrollHeight - window.scrollY - window.innerHeight < NEAR;
  change();
  if (atEnd) toEnd();
}

export function toEnd() {
  window.scrollTo({ top: document.documentElement.scrollHeight });
}

const LEFT_RIGHT = "m8 7-4 5 4 5M16 7l4 5-4 5";

export function gripIcon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", LEFT_RIGHT);
  svg.append(path);
  return svg;
}
