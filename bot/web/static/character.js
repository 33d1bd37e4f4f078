// One character: its base picture, what is said of it, its best variations, its buttons.

import { el } from "./dom.js";

/** `actions`: press(button, node) for a button, vary(line) for the form, open(card) for a variation's card. */
export function characterCard(character, words, actions) {
  const { headline, lines, rows, best } = character;
  const parts = [
    picture(character),
    el("h3", { class: "headline", dir: "auto" }, headline),
    el("div", { class: "notes" }, lines.map((line) => el("p", { dir: "auto" }, line))),
    best.length ? variations(character, actions) : null,
    character.picture && words ? varyForm(character, words, actions) : null,
    el("div", { class: "rows" }, rows.map((row) => el("div", { class: "row" }, row.map((button) => drawn(button, character, actions))))),
  ];
  return el("article", { class: "character", "aria-label": headline, tabindex: -1 }, parts);
}

function picture({ picture: src, alt, width, height }) {
  if (!src) return el("div", { class: "portrait empty" });
  return el("img", { class: "portrait", src, alt, loading: "lazy", width, height });
}

function variations({ best, best_label: label }, actions) {
  const tiles = best.map((one) =>
    el("button", { type: "button", class: "small-tile", title: one.label, "aria-label": one.label || label, onclick: () => actions.open(one.card) },
      el("img", { src: one.src, alt: "", loading: "lazy" })));
  return el("div", { class: "best", role: "group", "aria-label": label }, tiles);
}

function varyForm(character, words, actions) {
  const field = el("input", { type: "text", "aria-label": `${words.outfits}: ${character.name}`, placeholder: "red armour | rain coat", maxlength: 2000, dir: "auto" });
  const wanted = character.keep === "off" ? "face" : character.keep; // with one low strength everywhere clothes hardly change
  const choices = Object.entries(words.keeps).map(([keep, name]) => el("option", { value: keep, selected: keep === wanted }, name));
  const keep = el("select", { "aria-label": `${words.keep}: ${character.name}` }, choices);
  const send = (event) => {
    event.preventDefault();
    const outfits = field.value.trim();
    if (!outfits) return field.focus();
    return actions.vary(`/vary character=${typedName(character.name)} keep=${keep.value} ${outfits}`);
  };
  return el("form", { class: "vary", onsubmit: send }, field, el("label", { class: "keep" }, words.keep, keep), el("button", { class: "primary", "aria-label": `${words.vary}: ${character.name}` }, words.vary));
}

function drawn(button, { id, name }, actions) {
  const common = { "data-action": button.action, "aria-label": `${button.label}: ${name}` };
  if (button.action === "export") {
    return el("a", { ...common, class: "button", href: `/api/characters/${encodeURIComponent(id)}/file`, download: "" }, button.label);
  }
  return el("button", { ...common, type: "button", onclick: (event) => actions.press(button, event.currentTarget) }, button.label);
}

/** A name as it is typed in a line. */
export const typedName = (name) => (/\s/.test(name) ? `"${name}"` : name);
