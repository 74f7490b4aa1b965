// What the browser keeps: the session id, messages not yet answered, and the draft.
// Where localStorage is refused (private mode, blocked) everything lives in memory instead.

const PREFIX = "yanxiu.";
const memory = new Map();

function read(key) {
  try {
    const value = localStorage.getItem(PREFIX + key);
    if (value !== null) return value;
  } catch {
    // fall through to memory
  }
  return memory.has(key) ? memory.get(key) : null;
}

function write(key, value) {
  try {
    localStorage.setItem(PREFIX + key, value);
    memory.delete(key);
  } catch {
    memory.set(key, value);
  }
}

// crypto.randomUUID exists only on https; this works everywhere.
export function randomId(bytes = 18) {
  const raw = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...raw)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function session() {
  let id = read("session");
  if (!/^[A-Za-z0-9_-]{22,64}$/.test(id || "")) {
    id = randomId(24);
    write("session", id);
  }
  return id;
}

export const draft = {
  get: () => read("draft") || "",
  set: (text) => write("draft", text),
};

// Read afresh each time: another tab of the same session may have changed it.
export const outbox = {
  list() {
    try {
      const entries = JSON.parse(read("outbox") || "[]");
      return Array.isArray(entries) ? entries.filter((e) => e && typeof e.id === "string") : [];
    } catch {
      return [];
    }
  },
  has: (id) => outbox.list().some((e) => e.id === id),
  add: (entry) => write("outbox", JSON.stringify([...outbox.list(), entry])),
  remove: (id) => write("outbox", JSON.stringify(outbox.list().filter((e) => e.id !== id))),
};
