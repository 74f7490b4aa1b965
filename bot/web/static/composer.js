// The input bar: grows with its text, counts near the limit, Enter sends, drafts are kept.

import { byId } from "./dom.js";
import { draft } from "./store.js";

const TALLEST = 150;

export class Composer {
  constructor({ onSend }) {
    this.onSend = onSend;
    this.limit = 10000;
    this.input = byId("input");
    this.button = byId("send");
    this.input.value = draft.get();
    this.input.addEventListener("input", () => this.update());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.button.addEventListener("click", () => this.send());
    // Keep the keyboard of a phone open when the button is tapped.
    this.button.addEventListener("pointerdown", (event) => event.preventDefault());
    this.update();
  }

  // Enter also confirms a candidate of an input method; that must not send (229: Safari).
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  send() {
    const text = this.input.value.trim();
    if (!text || this.input.value.length > this.limit) return;
    this.input.value = "";
    this.update();
    this.input.focus();
    this.onSend(text);
  }

  update() {
    const { input } = this;
    const length = input.value.length;
    draft.set(input.value);
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, TALLEST)}px`;
    this.button.disabled = !input.value.trim() || length > this.limit;
    this.count(length);
  }

  count(length) {
    const counter = byId("counter");
    const over = length > this.limit;
    counter.hidden = length < this.limit * 0.9;
    counter.classList.toggle("over", over);
    this.input.setAttribute("aria-invalid", String(over));
    const [now, most] = [length, this.limit].map((n) => n.toLocaleString("zh-CN"));
    counter.textContent = over ? `${now} / ${most}，请删减后发送` : `${now} / ${most}`;
  }

  focus() {
    // On a phone this would open the keyboard over the answer.
    if (matchMedia("(hover: hover)").matches) this.input.focus();
    else byId("scroller").focus({ preventScroll: true });
  }
}
