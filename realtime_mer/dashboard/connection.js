// The stream: one WebSocket that comes back by itself.
//
// Nothing is assumed about the network: a socket may close, or it may stay open and say
// nothing for ever. The second is found by asking (ping) whenever it has been quiet.

import { token } from "./token.js";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
const QUIET_MS = 5000; // silence after which the server is asked whether it is there
const ANSWER_MS = 4000; // and how long it may take to answer

export const SCHEMA = 1;

export class Connection {
  #socket = null;
  #wait = FIRST_WAIT_MS;
  #timer = 0;
  #heard = 0;
  #pings = new Map();
  #pingId = 0;

  /** on: { link(state, details), message(object), roundTrip(milliseconds) } */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    setInterval(() => this.#watch(), 1000);
    this.#open();
  }

  #open() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.on.link("connecting", {});
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#heard = performance.now();
    this.#pings.clear();
    let greeted = false;
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      this.#heard = performance.now();
      const message = JSON.parse(event.data);
      if (message.type === "hello") {
        greeted = true;
        this.#wait = FIRST_WAIT_MS;
        this.on.link(message.schema === SCHEMA ? "open" : "outdated", {});
        this.#ping();
      }
      if (message.type === "pong") this.#answered(message.id);
      else if (message.schema === SCHEMA) this.on.message(message);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost(greeted);
    };
  }

  /** Hand an object to the stream; false while there is none. */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Begin anew, to be told everything from the start. */
  again() {
    const socket = this.#socket;
    if (!socket) return;
    this.#lost(true);
    socket.close();
  }

  #lost(greeted) {
    this.#socket = null;
    // Each wait is drawn at random from its upper half, so that a hundred pages do not all
    // come back in the same instant.
    const wait = this.#wait * (0.5 + Math.random() / 2);
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
    this.#timer = setTimeout(() => this.#open(), wait);
    this.on.link("lost", { greeted, wait });
  }

  /** Forget the wait: the network is back, or somebody looks. */
  #hurry() {
    if (this.#timer) this.#open();
  }

  #watch() {
    if (!this.#socket) return;
    const quiet = performance.now() - this.#heard;
    if (quiet > QUIET_MS + ANSWER_MS) {
      const socket = this.#socket;
      this.#lost(true);
      socket.close();
    } else if (this.#socket.readyState === WebSocket.OPEN && (quiet > QUIET_MS || this.#due())) {
      this.#ping();
    }
  }

  /** The round trip is measured every ten seconds even when there is news. */
  #due() {
    this.ticks = (this.ticks ?? 0) + 1;
    return this.ticks % 10 === 0;
  }

  #ping() {
    if (this.#pings.size > 8) this.#pings.clear();
    this.#pings.set(++this.#pingId, performance.now());
    this.#socket.send(JSON.stringify({ type: "ping", id: this.#pingId }));
  }

  #answered(id) {
    const asked = this.#pings.get(id);
    this.#pings.delete(id);
    if (asked !== undefined) this.on.roundTrip(performance.now() - asked);
  }
}

/** Address of the stream beside a page, with the token: a WebSocket takes no headers from a page. */
export function streamUrl(page, path = "ws") {
  const url = new URL(path, page);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (token !== null) url.searchParams.set("token", token);
  return url.href;
}
