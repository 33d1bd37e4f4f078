// Beside an attached picture: which part of it may change. A file (white changes, grey changes less), or what was
// transparent. The mask belongs to the attachment, so another picture takes it away.

import * as api from "./api.js";
import { announce, byId } from "./dom.js";

export class MaskChip {
  constructor(composer) {
    this.composer = composer;
    byId("mask-file").addEventListener("change", (event) => {
      composer.wait(this.take(event.target.files[0]));
      event.target.value = "";
    });
    byId("mask-transparent").addEventListener("click", () => {
      this.put({ id: composer.attached.transparency, words: "Only the transparent part changes" });
    });
    byId("mask-remove").addEventListener("click", () => this.put(null));
  }

  show(attachment) {
    const mask = attachment?.mask;
    byId("mask").hidden = !attachment || Boolean(attachment.busy);
    byId("mask").classList.toggle("chosen", Boolean(mask));
    byId("mask-words").textContent = mask?.words ?? (attachment?.masked ? "The earlier mask is kept" : "");
    byId("mask-transparent").hidden = Boolean(mask) || !attachment?.transparency;
    byId("mask-remove").hidden = !mask;
  }

  async take(file) {
    const { attached } = this.composer;
    if (!file || !attached) return;
    byId("mask-words").textContent = "Taking it in…";
    try {
      const { id } = await api.uploadMask(file, attached);
      this.put({ id, words: "Only white in the mask changes" });
    } catch (error) {
      this.show(attached);
      this.composer.onTrouble(error.message);
    }
  }

  put(mask) {
    this.composer.attach({ ...this.composer.attached, mask });
    announce(mask ? mask.words : "Mask removed");
    this.composer.line.focus();
  }
}
