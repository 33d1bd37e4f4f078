// Where a character's face is: shown on its picture, and painted anew where it was not found well.

import * as api from "./api.js";
import { brush } from "./brush.js";
import { typedName } from "./character.js";
import { el } from "./dom.js";
import * as messages from "./messages.js";

/** `reply` is of the kind "face"; `character` as the list has it, `words` what is written on the panel. */
export function faceShown(reply, character, words) {
  const node = messages.sentence(reply.text);
  node.append(el("img", { class: "face", src: reply.src, alt: reply.text, width: character?.width, height: character?.height }));
  const mine = character?.rows.flat().some((button) => button.action === "alter");
  if (mine && words) node.append(el("div", { class: "answers" }, el("button", { type: "button", onclick: () => paint(node, character, words) }, words.paint)));
  return node;
}

function paint(node, character, words) {
  const easel = brush({ ...character, src: character.picture }, words, async (blob) => {
    try {
      const { id } = await api.upload(blob);
      const reply = await api.say(`/character face character=${typedName(character.name)}`, { picture: id });
      node.replaceWith(faceShown(reply, character, words));
    } catch (error) {
      easel.replaceWith(messages.sentence(error.message, { error: true }));
    }
  });
  node.replaceChildren(easel);
  easel.scrollIntoView({ block: "nearest" });
}
