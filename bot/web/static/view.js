// The conversation on screen: bubbles, times, buttons under the newest answer, scrolling.

import { actions, body, citation, showVote } from "./answer.js";
import { attachment } from "./files.js";
import { byId, el } from "./dom.js";

const PAUSE = 5 * 60 * 1000;
const NEAR_BOTTOM = 80;
const MARKS = { uploading: "正在上传…", unsent: "尚未送达，连上后自动发送", failed: "没有处理成功" };

function clock(at) {
  const parts = (date) => Object.fromEntries(
    new Intl.DateTimeFormat("zh-CN", {
      timeZone: "Asia/Shanghai", year: "numeric", month: "numeric", day: "numeric",
      hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).formatToParts(date).map((p) => [p.type, p.value]),
  );
  const then = parts(at);
  const now = parts(new Date());
  const time = `${then.hour}:${then.minute}`;
  if (then.year !== now.year) return `${then.year}年${then.month}月${then.day}日 ${time}`;
  if (then.month !== now.month || then.day !== now.day) return `${then.month}月${then.day}日 ${time}`;
  return time;
}

export class View {
  // onPress({token, label}) for any button; onResend(id) for a message that did not get through.
  constructor({ onPress, onResend }) {
    this.onPress = onPress;
    this.onResend = onResend;
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.jump = byId("jump");
    this.turns = new Map();
    this.lastAt = 0;
    this.jump.onclick = () => this.toBottom();
    this.scroller.addEventListener("scroll", () => this.updateJump(), { passive: true });
  }

  welcome(reply) {
    const box = byId("welcome");
    const starters = el("div", { class: "starters" });
    starters.append(...reply.choices.map((choice) => this.choiceButton(choice, "starter")));
    const face = el("img", { class: "welcome-avatar", src: "static/avatar.svg", alt: "", width: "64", height: "64" });
    box.replaceChildren(face, body(reply.text), starters);
    this.showWelcome();
  }

  showWelcome() {
    byId("welcome").hidden = this.log.childElementCount > 0;
  }

  clear() {
    this.log.replaceChildren();
    this.turns.clear();
    this.lastAt = 0;
    this.showWelcome();
    this.updateJump();
  }

  has(id) {
    return this.turns.has(id);
  }

  answered(id) {
    return this.turns.has(id) && this.turns.get(id).answered;
  }

  // A turn: the person's bubble (none where the assistant speaks first), later its replies.
  addTurn(id, text, at) {
    this.dropChoices();
    this.addTime(at);
    const node = el("div", { class: "turn" });
    if (text) node.append(this.mine(id, text));
    this.log.append(node);
    this.turns.set(id, { node, answered: false });
    this.showWelcome();
    this.toBottom();
  }

  mine(id, text) {
    const row = el("article", { class: "row mine" });
    const bubble = el("div", { class: "bubble" });
    bubble.append(el("span", { class: "hidden-text", text: "您：" }), el("span", { class: "said", text }));
    const mark = el("p", { class: "mark" });
    mark.hidden = true;
    const resend = el("button", { type: "button", text: "重发" });
    resend.onclick = () => this.onResend(id);
    mark.append(el("span"), resend);
    row.append(bubble, mark);
    return row;
  }

  // state: "sent", "unsent" or "failed"; `again` false takes the resend button away.
  mark(id, state, { reason = "", again = true } = {}) {
    const turn = this.turns.get(id);
    const mark = turn && turn.node.querySelector(".mark");
    if (!mark) return;
    mark.hidden = state === "sent";
    mark.querySelector("span").textContent = reason || MARKS[state] || "";
    mark.querySelector("button").hidden = !again;
    if (state !== "sent") this.follow();
  }

  addReplies(id, replies, { scroll = true } = {}) {
    const turn = this.turns.get(id);
    turn.answered = true;
    this.mark(id, "sent");
    turn.node.append(...replies.map((reply) => this.reply(reply)));
    const last = replies[replies.length - 1];
    if (last && last.choices.length && turn.node === this.log.lastElementChild) {
      turn.node.append(this.choices(last.choices));
    }
    if (scroll) this.toAnswer(turn.node);
  }

  reply(reply) {
    const row = el("article", { class: `row theirs ${reply.status}` });
    const face = el("img", { class: "avatar", src: "static/avatar.svg", alt: "", width: "38", height: "38" });
    const bubble = el("div", { class: "bubble" });
    bubble.append(el("span", { class: "hidden-text", text: "研修助手：" }), body(reply.text));
    if (reply.citations.length) {
      const list = el("div", { class: "citations" });
      list.append(...reply.citations.map(citation));
      bubble.append(list);
    }
    bubble.append(...(reply.files || []).map(attachment));
    bubble.append(actions(reply, this.onPress));
    row.append(face, bubble);
    return row;
  }

  choices(items) {
    const box = el("div", { class: "choices", role: "group", "aria-label": "可选回复" });
    box.append(...items.map((choice) => this.choiceButton(choice, "choice")));
    return box;
  }

  choiceButton(choice, kind) {
    const button = el("button", { type: "button", class: kind, text: choice.label });
    button.onclick = () => this.onPress(choice);
    return button;
  }

  dropChoices() {
    for (const box of this.log.querySelectorAll(".choices")) box.remove();
  }

  addTime(at) {
    if (at - this.lastAt > PAUSE) this.log.append(el("p", { class: "time", text: clock(at) }));
    this.lastAt = Number(at);
  }

  vote(token) {
    showVote(this.log, token);
  }

  busy(on) {
    this.log.setAttribute("aria-busy", String(on));
  }

  typing(on) {
    byId("typing").hidden = !on;
    if (on) this.follow();
  }

  get atBottom() {
    const s = this.scroller;
    return s.scrollHeight - s.scrollTop - s.clientHeight < NEAR_BOTTOM;
  }

  follow() {
    if (this.atBottom) this.toBottom();
  }

  toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.updateJump();
  }

  // A long answer is read from its beginning: never scroll the question out of sight.
  toAnswer(node) {
    const top = node.offsetTop - this.scroller.offsetTop - 8;
    this.scroller.scrollTop = Math.min(top, this.scroller.scrollHeight);
    this.updateJump();
  }

  updateJump() {
    this.jump.hidden = this.atBottom;
  }
}
