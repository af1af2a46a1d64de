// What the page asks of the tracker, and its answers, matched by their ids.

const ANSWER_MS = 20000; // a device may take some seconds to open

export class Commands {
  #waiting = new Map();
  #id = 0;
  #send;

  /** send(message) hands an object to the stream, and tells whether it could. */
  constructor(send) {
    this.#send = send;
  }

  /** Ask; the promise has what was asked for, or fails with a sentence and its problems. */
  ask(type, fields = {}) {
    const id = `c${(this.#id += 1)}`;
    return new Promise((resolve, reject) => {
      if (!this.#send({ type, id, ...fields })) {
        reject(new Error("The tracker cannot be reached just now."));
        return;
      }
      const timer = setTimeout(() => this.#end(id, { message: "No answer came." }), ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  /** Take a done or an error; false if it answers nothing that was asked here. */
  take(message) {
    if (!this.#waiting.has(message.id)) return false;
    this.#end(message.id, message);
    return true;
  }

  /** The connection is gone: what was asked will not be answered. */
  drop() {
    for (const id of [...this.#waiting.keys()]) this.#end(id, { message: "The connection was lost." });
  }

  #end(id, message) {
    const { resolve, reject, timer } = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(timer);
    if (message.type === "done") resolve(message);
    else reject(Object.assign(new Error(message.message), { problems: message.problems ?? [] }));
  }
}
