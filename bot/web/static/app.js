// Ties storage, connection and view together: what is sent, what comes back, what is repeated.

import { Bar, menu, toast } from "./chrome.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { chooser } from "./files.js";
import { outbox, randomId, session } from "./store.js";
import { View } from "./view.js";

const RESET = "/reset";
const UNSENT_AFTER = 3000;
const VOTE = /^(up|down):/;

const acknowledged = new Set();
let lastSeq = null;
let greeted = false;
let spokenFirst = [];

const view = new View({ onPress: press, onResend: resend });
const composer = new Composer({ onSend: (text) => submit({ text }) });
const bar = new Bar({ onRetry: () => connection.retryNow() });
const connection = new Connection({
  url: socketUrl(),
  hello: () => ({ type: "hello", session: session(), after: lastSeq }),
  onFrame: (frame) => (handlers[frame.type] || (() => {}))(frame),
  onState,
});

function socketUrl() {
  const url = new URL("ws", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.search = url.hash = "";
  return url.href;
}

// A press or a command that shows no bubble of its own.
const isVote = (entry) => VOTE.test(entry.token || "");
const isReset = (entry) => !entry.token && entry.text.trim() === RESET;
const isQuiet = (entry) => isVote(entry) || isReset(entry);

function wellFormed(text) {
  return text.toWellFormed ? text.toWellFormed() : text;
}

function submit({ text, token, file, id = randomId() }) {
  const entry = { id, text: wellFormed(text), at: Date.now() };
  if (token) entry.token = token;
  if (file) entry.file = file;
  outbox.add(entry);
  show(entry);
  transmit(entry);
}

function press({ token, label }) {
  submit({ text: label, token });
  if (!VOTE.test(token)) composer.focus();
}

// The bubble appears at once; the message follows when the file is on the server.
async function sendFile({ name, sent }) {
  const id = randomId();
  const text = `📎 ${wellFormed(name)}`;
  view.addTurn(id, text, new Date());
  view.mark(id, "uploading", { again: false });
  try {
    const file = await sent;
    submit({ text, file, id });
    view.mark(id, "sent");
  } catch (error) {
    view.mark(id, "failed", { reason: error.message, again: false });
  }
}

chooser({ onFile: sendFile });

function show(entry) {
  if (isVote(entry)) view.vote(entry.token);
  else if (!isReset(entry) && !view.has(entry.id)) view.addTurn(entry.id, entry.text, new Date(entry.at));
}

function frameOf({ id, text, token, file }) {
  if (file) return { type: "file", id, file: file.id, name: file.name };
  return token ? { type: "choice", id, token, label: text } : { type: "message", id, text };
}

function transmit(entry) {
  const { id } = entry;
  if (!connection.send(frameOf(entry))) {
    view.mark(id, "unsent");
    return;
  }
  setTimeout(() => {
    if (outbox.has(id) && !acknowledged.has(id)) view.mark(id, "unsent");
  }, UNSENT_AFTER);
}

function resend(id) {
  const entry = outbox.list().find((e) => e.id === id);
  if (!entry) return;
  if (connection.isOpen) {
    view.mark(id, "sent");
    transmit(entry);
  } else {
    connection.retryNow();
  }
}

function updateTyping() {
  const waiting = outbox.list().some((e) => acknowledged.has(e.id) && !isQuiet(e));
  view.typing(connection.isOpen && waiting);
}

function onState(state) {
  if (state === "open") {
    bar.open();
    return;
  }
  bar.lost();
  acknowledged.clear();
  for (const entry of outbox.list()) view.mark(entry.id, "unsent");
  updateTyping();
}

function clear() {
  view.clear();
  spokenFirst = [];
}

// A turn from the transcript or from another tab; shown once, whichever way it came first.
function merge(turn) {
  const { message_id: id, text, choice: token, replies } = turn;
  if (id && replies.length) outbox.remove(id);
  const entry = { id, text, token };
  if (isQuiet(entry)) {
    if (isVote(entry)) view.vote(token);
    else if (replies.length) clear();
    return;
  }
  const key = id || `first:${turn.seq === null ? turn.at : turn.seq}`;
  if (id === null && !view.has(key) && alreadyPushed(replies)) return;
  if (!view.has(key)) view.addTurn(key, text, new Date(turn.at));
  if (replies.length && !view.answered(key)) view.addReplies(key, replies);
}

// A push shown live comes again in the transcript after a reconnect.
function alreadyPushed(replies) {
  const text = replies.map((r) => r.text).join("\n");
  const index = spokenFirst.indexOf(text);
  if (index >= 0) spokenFirst.splice(index, 1);
  return index >= 0;
}

const handlers = {
  history(frame) {
    view.busy(true);
    composer.limit = frame.limit;
    if (frame.reset) clear();
    frame.turns.forEach(merge);
    lastSeq = frame.seq;
    if (!greeted) view.welcome(frame.welcome);
    for (const entry of outbox.list()) {
      show(entry);
      view.mark(entry.id, "sent");
      transmit(entry);
    }
    if (!greeted && view.turns.size) view.toBottom();
    greeted = true;
    updateTyping();
    requestAnimationFrame(() => view.busy(false));
  },
  ack(frame) {
    acknowledged.add(frame.id);
    view.mark(frame.id, "sent");
    updateTyping();
  },
  reply(frame) {
    const entry = outbox.list().find((e) => e.id === frame.to);
    outbox.remove(frame.to);
    acknowledged.delete(frame.to);
    updateTyping();
    if (entry && isReset(entry)) {
      clear();
      toast("已清空，可以重新提问");
      composer.focus();
    } else if (view.has(frame.to) && !view.answered(frame.to)) {
      view.addReplies(frame.to, frame.replies);
    }
  },
  error(frame) {
    if (!frame.id) {
      toast(frame.text);
      return;
    }
    acknowledged.delete(frame.id);
    if (!frame.again) outbox.remove(frame.id);
    view.mark(frame.id, "failed", { reason: frame.text, again: frame.again });
    updateTyping();
  },
  turn(frame) {
    merge(frame.turn);
    updateTyping();
  },
  push(frame) {
    const key = `push:${frame.push}`;
    if (!view.has(key)) {
      spokenFirst.push(frame.replies.map((r) => r.text).join("\n"));
      view.addTurn(key, "", new Date());
      view.addReplies(key, frame.replies);
    }
    connection.send({ type: "received", push: frame.push });
  },
};

menu({
  onReset() {
    submit({ text: RESET });
    if (!connection.isOpen) toast("连上后即清空对话");
  },
});

// iOS does not shrink the page for its keyboard; the visible height is told to the style sheet.
if (window.visualViewport) {
  const fit = () => {
    byId("app").style.setProperty("--visible", `${visualViewport.height}px`);
    scrollTo(0, 0);
    view.follow();
  };
  visualViewport.addEventListener("resize", fit);
}

connection.start();
