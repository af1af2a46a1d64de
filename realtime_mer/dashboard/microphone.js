// This device's microphone, sent to the server as a stream of its own. docs/serve.md has the
// messages.

const LATE_S = 1; // sound that may wait for the network; more of it is left out
const LONGEST_NAME = 60;

export const INSECURE =
  "A browser gives its microphone only to pages of this very machine, or by https: " +
  "start with --tls-cert, or open the page where it is served, as http://127.0.0.1.";
const WHY = {
  NotAllowedError: "The browser does not give the microphone: allow it beside the address.",
  NotFoundError: "This device has no microphone: plug one in.",
  NotReadableError: "The microphone is in use by another program: close that one.",
};

export class Microphone {
  #on;
  #parts = null;

  /** on: { message(object), late(seconds), ended(sentence) }; ended comes once for each start. */
  constructor(on) {
    this.#on = on;
  }

  get running() {
    return this.#parts !== null;
  }

  /** Begin to send to an address; what is wrong is said through ended. */
  async start(url) {
    const parts = (this.#parts = {});
    try {
      await this.#open(parts, url);
    } catch (error) {
      this.#end(parts, WHY[error.name] ?? `The microphone cannot be used (${error.message}).`);
    }
  }

  stop() {
    if (this.#parts) this.#end(this.#parts, "");
  }

  async #open(parts, url) {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.#end(parts, INSECURE);
      return;
    }
    // Music, not speech: what makes speech clear takes out what music is made of.
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    parts.sound = await navigator.mediaDevices.getUserMedia({ audio });
    parts.context = new AudioContext();
    await parts.context.audioWorklet.addModule("capture.js");
    await parts.context.resume();
    if (this.#parts !== parts) {
      close(parts); // it was stopped meanwhile
      return;
    }
    const track = parts.sound.getAudioTracks()[0];
    track.addEventListener("ended", () => this.#end(parts, "The microphone is gone."));
    this.#connect(parts, url, track.label);
  }

  #connect(parts, url, label) {
    const rate = Math.round(parts.context.sampleRate);
    const socket = (parts.socket = new WebSocket(url));
    const name = label.replace(/[^\x20-\x7e\xa1-\uffef]/g, " ").slice(0, LONGEST_NAME);
    const node = new AudioWorkletNode(parts.context, "capture", { numberOfOutputs: 0 });
    let greeted = false;
    let why = "";
    let skippedS = 0;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "format", rate_hz: rate, channels: 1, format: "s16", name }));
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "hello" && !greeted) {
        greeted = true;
        parts.context.createMediaStreamSource(parts.sound).connect(node);
      }
      if (message.type === "error") why = message.message;
      else if (this.#parts === parts) this.#on.message(message);
    };
    socket.onclose = () => {
      const lost = greeted ? "The connection was lost." : "The server takes no sound just now.";
      this.#end(parts, why || lost);
    };
    node.port.onmessage = ({ data }) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount <= 2 * rate * LATE_S) socket.send(data);
      else this.#on.late((skippedS += data.byteLength / 2 / rate));
    };
  }

  #end(parts, sentence) {
    if (this.#parts !== parts) return;
    this.#parts = null;
    close(parts);
    this.#on.ended(sentence);
  }
}

function close({ sound, context, socket }) {
  for (const track of sound?.getTracks() ?? []) track.stop();
  context?.close();
  socket?.close();
}
