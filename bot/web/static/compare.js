// Before and after in one frame; a range input, so that the keyboard and screen readers can use it too.

import { el, gripIcon } from "./dom.js";

const REVEAL = 900; // milliseconds

/** `reveal`: wipe from the original to the result once, for a picture that has just been made. */
export function compare({ before, after, alt, width, height, show, reveal }) {
  const range = el("input", {
    type: "range", min: 0, max: 100, step: 1, value: 0,
    "aria-label": "Compare with the original", "aria-valuetext": "the result",
  });
  const frame = el("figure", { class: "frame compare" },
    el("img", { class: "after", src: after, alt, loading: "lazy", decoding: "async" }),
    el("img", { class: "before", src: before, alt: "", loading: "lazy", decoding: "async" }),
    el("span", { class: "edge" }),
    el("span", { class: "side left", "aria-hidden": "true" }, "original"),
    el("span", { class: "side right", "aria-hidden": "true" }, "result"),
    el("span", { class: "grip", "aria-hidden": "true" }, gripIcon()),
    range);
  sized(frame, width, height, show);
  const place = (at) => {
    frame.style.setProperty("--at", `${at}%`);
    frame.classList.toggle("at-rest", at <= 0);
    range.setAttribute("aria-valuetext", at <= 0 ? "the result" : at >= 100 ? "the original" : `${Math.round(at)} % original`);
  };
  range.addEventListener("input", () => place(Number(range.value)));
  place(0);
  if (reveal && !matchMedia("(prefers-reduced-motion: reduce)").matches) wipe(frame, range, place);
  return frame;
}

/** Reserve the room a picture will take, so that nothing jumps when it arrives. */
export function sized(frame, width, height, show) {
  frame.style.aspectRatio = `${width} / ${height}`;
  if (show) frame.style.setProperty("--show", `${show}px`);
  return frame;
}

function wipe(frame, range, place) {
  let begun = null;
  let touched = false;
  range.addEventListener("input", () => { touched = true; }, { once: true });
  const step = (now) => {
    if (touched) return;
    begun ??= now;
    const part = Math.min(1, (now - begun) / REVEAL);
    const at = 100 * (1 - part) ** 3;
    range.value = at;
    place(part < 1 ? at : 0);
    if (part < 1) requestAnimationFrame(step);
  };
  place(100);
  const picture = frame.querySelector(".after");
  picture.decode().catch(() => null).then(() => requestAnimationFrame(step));
}
