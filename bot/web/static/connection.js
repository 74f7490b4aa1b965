// One WebSocket that comes back by itself: exponential backoff with jitter, and at once when
// the network or the page returns. A half-open socket is noticed because something sent is
// not answered in time.

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15000;
const ANSWER_WITHIN = 8000;
const PING_EVERY = 30000;

export class Connection {
  // hello() makes the first frame; onFrame(frame) gets each one; onState("open"|"lost").
  constructor({ url, hello, onFrame, onState }) {
    Object.assign(this, { url, hello, onFrame, onState });
    this.socket = null;
    this.attempts = 0;
    this.retryTimer = 0;
    this.answerTimer = 0;
  }

  start() {
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.drop());
    addEventListener("pageshow", () => this.check());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.check();
    });
    setInterval(() => this.ping(), PING_EVERY);
    this.open();
  }

  get isOpen() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  open() {
    clearTimeout(this.retryTimer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.expectAnswer();
    socket.onopen = () => this.send(this.hello());
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data);
    };
  }

  receive(data) {
    clearTimeout(this.answerTimer);
    this.answerTimer = 0;
    const frame = JSON.parse(data);
    if (frame.type === "history") {
      this.attempts = 0;
      this.onState("open");
    }
    this.onFrame(frame);
  }

  // True where the frame was handed to an open socket; not a promise that it arrived.
  send(frame) {
    if (!this.isOpen) return false;
    this.socket.send(JSON.stringify(frame));
    if (frame.type !== "received") this.expectAnswer();
    return true;
  }

  expectAnswer() {
    if (!this.answerTimer) this.answerTimer = setTimeout(() => this.drop(), ANSWER_WITHIN);
  }

  ping() {
    if (!document.hidden) this.send({ type: "ping" });
  }

  check() {
    if (this.isOpen) this.ping();
    else this.retryNow();
  }

  // Give the socket up without waiting for its closing handshake.
  drop() {
    const socket = this.socket;
    if (socket === null) return;
    this.lost();
    socket.close();
  }

  lost() {
    this.socket = null;
    clearTimeout(this.answerTimer);
    this.answerTimer = 0;
    this.onState("lost");
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.attempts);
    this.attempts += 1;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  retryNow() {
    if (this.socket !== null) return;
    this.attempts = 0;
    this.open();
  }
}
