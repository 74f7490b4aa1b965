// One answer as DOM. Text enters only through textContent.

import { el, icon } from "./dom.js";

const ACTIVE = /(0\d{2,3}-\d{7,8}|https?:\/\/[\w.:\/%~?=&#-]+)/;
const ITEM = /^(?:[·•▪-]\s|[①-⑳])/;
const NUMBERED = /^(?:\d{1,2}[.．、)）]|[（(][一二三四五六七八九十\d]{1,3}[）)])\s*/;

function inline(line) {
  return line.split(ACTIVE).map((part, index) => {
    if (index % 2 === 0) return document.createTextNode(part);
    if (part.startsWith("http")) return el("a", { href: part, text: part, target: "_blank", rel: "noopener" });
    return el("a", { href: `tel:${part}`, text: part });
  });
}

function paragraph(line, lead) {
  const kind = ITEM.test(line) ? " item" : NUMBERED.test(line) ? " item numbered" : "";
  const node = el("p", { class: `line${kind}${line.trim() ? "" : " gap"}${lead ? " lead" : ""}` });
  node.append(...inline(line));
  return node;
}

// The first line is the direct answer; it stands out where more follows.
export function body(text) {
  const lines = text.split("\n");
  const longer = lines.filter((line) => line.trim()).length > 1;
  const box = el("div", { class: "text" });
  box.append(...lines.map((line, index) => paragraph(line, longer && index === 0)));
  return box;
}

function heading(citation) {
  const node = el("span", { class: "heading", text: `《${citation.title || citation.notice}》` });
  node.append(el("b", { text: citation.heading || citation.clause }));
  return node;
}

export function citation(item) {
  const details = el("details", { class: "citation" });
  const summary = el("summary");
  summary.append(
    el("span", { class: "tag", text: "依据" }),
    el("span", { class: "separator", text: " · " }),
    heading(item),
  );
  const source = [item.doc_no, item.plan_year && `${item.plan_year}年度`].filter(Boolean).join(" · ");
  details.append(summary, el("blockquote", { text: item.quote }));
  if (source) details.append(el("p", { class: "source", text: source }));
  return details;
}

// The same text as handlers.render.plain: what a colleague needs to check the answer.
export function plain(reply) {
  const basis = reply.citations.map((c) => {
    const number = c.doc_no ? `（${c.doc_no}）` : "";
    return `《${c.title}》${number}${c.heading || c.clause}：\n“${c.quote}”`;
  });
  return [reply.text, basis.length ? `依据：${basis.join("\n")}` : ""].filter(Boolean).join("\n\n");
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// navigator.clipboard is missing on http and in some in-app browsers.
function copyBySelection(text) {
  const area = el("textarea", { class: "hidden-text" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function copyButton(reply) {
  const label = el("span", { text: "复制" });
  const button = el("button", { type: "button", class: "act", title: "复制答复和依据" });
  button.append(icon("copy"), label);
  button.onclick = async () => {
    label.textContent = (await copy(plain(reply))) ? "已复制" : "复制失败";
    setTimeout(() => { label.textContent = "复制"; }, 2000);
  };
  return button;
}

function vote(direction, id, onPress) {
  const name = direction === "up" ? "有用" : "没用";
  const button = el("button", { type: "button", class: "act", "aria-label": name, title: name, "aria-pressed": "false" });
  button.dataset.vote = `${direction}:${id}`;
  button.append(icon(direction));
  button.onclick = () => onPress({ token: `${direction}:${id}`, label: name });
  return button;
}

export function actions(reply, onPress) {
  const row = el("div", { class: "actions" });
  row.append(copyButton(reply));
  const id = reply.question_id;
  if (id === null || id === undefined) return row;
  const why = el("button", { type: "button", class: "act", text: "为什么" });
  why.onclick = () => onPress({ token: `why:${id}`, label: "为什么" });
  row.append(why, el("span", { class: "thanks" }), vote("up", id, onPress), vote("down", id, onPress));
  return row;
}

// Show which way a rating went, on every answer to that question.
export function showVote(root, token) {
  const id = token.split(":")[1];
  for (const button of root.querySelectorAll("[data-vote]")) {
    if (button.dataset.vote.split(":")[1] !== id) continue;
    button.setAttribute("aria-pressed", String(button.dataset.vote === token));
    button.parentElement.querySelector(".thanks").textContent = "谢谢反馈";
  }
}
