// What stands in the conversation besides cards: what was typed, sentences, lists, settings, help.

import { announce, el } from "./dom.js";

const SHOWN = 700; // characters of a long line that are worth showing back

export function typedBubble(line, thumb = null) {
  const text = line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
  const picture = thumb ? el("img", { src: thumb, alt: "with a picture", loading: "lazy" }) : null;
  return el("div", { class: thumb ? "typed" : "typed bare" }, picture, el("p", { dir: "auto" }, text));
}

export function sentence(text, { error = false } = {}) {
  announce(text);
  return el("div", { class: error ? "private error" : "private" }, el("p", { dir: "auto" }, text));
}

/** A sentence with the buttons that answer it; `onPress(button)` gives the reply, whose sentence takes its place. */
export function question({ text, buttons, links = [] }, onPress) {
  const node = sentence(text);
  const row = buttons.map((button) => button.href
    ? el("a", { class: "button", href: button.href, download: "" }, button.label)
    : el("button", { type: "button", onclick: async () => node.replaceWith(await onPress(button)) }, button.label));
  const ways = links.map(({ href, label }) => el("a", { href, target: "_blank", rel: "noopener" }, label));
  node.append(el("div", { class: "answers" }, ways, links.length ? [] : row));
  return node;
}

export function info({ lines, line }) {
  const facts = lines.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)]);
  announce("The settings of this picture");
  return el("div", { class: "private" }, el("dl", { class: "facts" }, facts), copyLine(line));
}

function copyLine(line) {
  const code = el("code", { dir: "auto" }, line);
  const button = el("button", { type: "button", "aria-label": "Copy the line", onclick: () => copy(code, button) }, "Copy");
  return el("div", { class: "copy" }, code, button);
}

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch { // no clipboard without HTTPS: select it, so that Ctrl+C is all that is left to do
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
    return;
  }
  button.textContent = "Copied";
  announce("Copied");
  setTimeout(() => { button.textContent = "Copy"; }, 2_000);
}

/** `onExample(line)` puts an example where one types. */
export function help({ commands }, onExample) {
  const entries = commands.flatMap((command) => [
    el("dt", {}, `/${command.name}`),
    el("dd", {}, command.summary,
      command.options.length ? el("p", { class: "options" }, command.options.map((option) => option.name).join(" · ")) : null,
      el("button", { type: "button", onclick: () => onExample(command.example) }, command.example)),
  ]);
  announce("The commands");
  return el("div", { class: "private" }, el("dl", { class: "help" }, entries));
}

/** `draw(character)` makes its card. */
export function characters({ text, more, characters: all }, draw) {
  announce(text);
  const cards = el("div", { class: "character-list" }, all.map(draw));
  return el("div", { class: "told" }, sentence([text, ...more].join("\n")), all.length ? cards : null);
}

export function file({ text, url, name }) {
  const node = sentence(text);
  node.append(el("div", { class: "answers" }, el("a", { class: "button", href: url, download: "" }, name)));
  return node;
}

/** `onOpen(card)` goes to a card of the list. */
export function list({ text, cards }, onOpen) {
  const tiles = cards.map((card) =>
    el("button", { class: "tile", type: "button", onclick: () => onOpen(card) },
      el("img", { src: card.results[0]?.src ?? card.thumb, alt: "", loading: "lazy" }),
      el("span", { dir: "auto" }, card.headline)));
  announce(text);
  return el("div", { class: "private" }, el("p", {}, text), cards.length ? el("div", { class: "tiles" }, tiles) : null);
}
