// Files that come with an answer, and files that are sent; the session is never in an address.

import { byId, el } from "./dom.js";
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

// The paperclip and dropping a file on the page. `onFile` gets {name, sent}: a promise of {id, name}.
export function chooser({ onFile }) {
  const input = byId("file");
  byId("attach").addEventListener("click", () => input.click());
  const take = (files) => [...files].forEach((file) => onFile({ name: file.name, sent: upload(file) }));
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  const app = byId("app");
  app.addEventListener("dragover", (event) => event.preventDefault());
  app.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}

// Rejects with the sentence to show.
async function upload(file) {
  const headers = { "X-Session": session(), "X-Name": encodeURIComponent(file.name) };
  let answer;
  try {
    answer = await fetch("upload", { method: "POST", headers, body: file });
  } catch {
    throw new Error("网络不通，文件没有送达，请再发一次。");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || "文件没有送达，请再发一次。");
  return said;
}
