// Files that come with an answer: fetched with the session in the body, never in an address.

import { el } from "./dom.js";
import { session } from "./store.js";

const KEPT_MS = 60000;

export function attachment(file) {
  const state = el("span", { class: "state", role: "status" });
  const button = el("button", { type: "button", class: "file", text: `⬇ ${file.name}` });
  button.onclick = async () => {
    button.disabled = true;
    state.textContent = "正在生成…";
    state.textContent = await download(file);
    button.disabled = false;
  };
  const row = el("p", { class: "attachment" });
  row.append(button, state);
  return row;
}

async function download(file) {
  try {
    const body = JSON.stringify({ session: session(), token: file.token });
    const answer = await fetch("files", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!answer.ok) return (await answer.json()).error || "取不到文件，请稍后再试。";
    save(await answer.blob(), file.name);
    return "已下载";
  } catch {
    return "网络不通，请稍后再试。";
  }
}

function save(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
