// A brush on a picture, for fingers, pens and mice; by keyboard the same is said in words, or sent as a file.

import { el } from "./dom.js";

const COLOUR = "rgb(64 160 255 / 60%)";
const THICK = 1 / 9; // of the picture's short side

/** `words`: painting, undo, done. `onDone(blob)` gets a PNG as large as the picture: white where it was painted on. */
export function brush({ src, width, height }, words, onDone) {
  const canvas = el("canvas", { width, height, role: "img", "aria-label": words.painting });
  const pen = canvas.getContext("2d");
  const lines = []; // each a list of points
  const done = el("button", { type: "button", class: "primary", disabled: true, onclick: async () => { done.disabled = true; await onDone(await painted(canvas)); } }, words.done);
  const undo = el("button", { type: "button", onclick: () => { lines.length = 0; draw(); } }, words.undo);

  function draw() {
    pen.clearRect(0, 0, width, height);
    Object.assign(pen, { strokeStyle: COLOUR, lineWidth: Math.min(width, height) * THICK, lineCap: "round", lineJoin: "round" });
    pen.beginPath(); // one path, so that what is painted over twice is no darker
    for (const [first, ...others] of lines) { pen.moveTo(...first); for (const point of [first, ...others]) pen.lineTo(...point); }
    pen.stroke();
    done.disabled = !lines.length;
  }

  function point({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    return [(clientX - box.left) * width / box.width, (clientY - box.top) * height / box.height];
  }

  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); lines.push([point(event)]); draw(); });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons && lines.length) { lines.at(-1).push(point(event)); draw(); } });
  return el("div", { class: "brush" }, el("p", {}, words.painting),
    el("div", { class: "easel" }, el("img", { src, alt: "", width, height }), canvas), el("div", { class: "answers" }, undo, done));
}

function painted(canvas) {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height);
  for (let at = 0; at < pixels.data.length; at += 4) pixels.data.fill(pixels.data[at + 3] > 20 ? 255 : 0, at, at + 3).fill(255, at + 3, at + 4);
  const mask = el("canvas", { width, height });
  mask.getContext("2d").putImageData(pixels, 0, 0);
  return new Promise((give) => { mask.toBlob(give, "image/png"); });
}
