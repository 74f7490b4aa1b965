// What surrounds the conversation: connection bar, toast, header menu, confirmation.

import { byId } from "./dom.js";

const SLOW = 900;

export class Bar {
  constructor({ onRetry }) {
    this.everOpen = false;
    this.timer = 0;
    byId("bar-retry").onclick = onRetry;
    this.timer = setTimeout(() => this.show("正在连接…", "waiting"), SLOW);
  }

  open() {
    clearTimeout(this.timer);
    const wasLost = !byId("bar").hidden;
    this.everOpen = true;
    if (!wasLost) return;
    this.show("已重新连接", "back");
    this.timer = setTimeout(() => this.hide(), 1800);
  }

  lost() {
    clearTimeout(this.timer);
    this.show(this.everOpen ? "连接已断开，正在重连…" : "连接不上，正在重试…", "lost");
  }

  show(text, kind) {
    byId("bar").className = `bar ${kind}`;
    byId("bar-text").textContent = text;
    byId("bar-retry").hidden = kind !== "lost";
    byId("bar").hidden = false;
  }

  hide() {
    byId("bar").hidden = true;
  }
}

let toastTimer = 0;

export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => node.classList.remove("on"), 2600);
}

export function menu({ onReset }) {
  const button = byId("menu-button");
  const list = byId("menu");
  const toggle = (open) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) list.querySelector("button").focus();
  };
  button.onclick = () => toggle(list.hidden);
  document.addEventListener("click", (event) => {
    if (!list.hidden && !event.target.closest(".menu")) toggle(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    toggle(false);
    button.focus();
  });
  list.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !event.relatedTarget.closest(".menu")) toggle(false);
  });
  byId("reset").onclick = () => {
    toggle(false);
    button.focus();
    confirmReset(onReset);
  };
}

function confirmReset(onYes) {
  const dialog = byId("confirm");
  if (!dialog.showModal) {
    if (confirm(byId("confirm-text").textContent)) onYes();
    return;
  }
  byId("confirm-no").onclick = () => dialog.close();
  byId("confirm-yes").onclick = () => {
    dialog.close();
    onYes();
  };
  dialog.showModal();
}
