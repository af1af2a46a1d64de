// Whose sound the page shows: the tracker's own input, or this device's microphone.

import { say } from "./elements.js";
import { INSECURE, Microphone } from "./microphone.js";

const $ = (id) => document.getElementById(id);

export class Guest {
  #microphone;
  #ingest = null; // what the server says of the way in for sound
  #on;

  /** on: { address(path), message(object), back() }: where to, what comes, back to the tracker. */
  constructor(on) {
    this.#on = on;
    this.#microphone = new Microphone({
      message: (message) => on.message(message),
      late: (seconds) => this.#complain(`The network is too slow: ${seconds.toFixed(1)} s of sound were left out.`),
      ended: (sentence) => this.#ended(sentence),
    });
    for (const id of ["microphone", "way_in_start"]) $(id).addEventListener("click", () => this.#toggle());
  }

  /** Whether it is the microphone that is shown. */
  get on() {
    return this.#microphone.running;
  }

  /** The server has said hello: offer what it takes. */
  see(hello) {
    this.#ingest = hello.ingest ?? null;
    this.#show();
  }

  #toggle() {
    this.#complain("");
    if (this.on) this.#microphone.stop();
    else if (this.#ingest) {
      this.#microphone.start(this.#on.address(this.#ingest.path));
      this.#show();
    }
  }

  #ended(sentence) {
    this.#complain(sentence);
    this.#show();
    this.#on.back();
  }

  #complain(sentence) {
    say($("way_in_said"), sentence);
    // Where the invitation is shown, it says it itself.
    $("microphone_said").hidden = !sentence || (this.#ingest?.alone === true && !this.on);
    say($("microphone_said"), sentence);
  }

  #show() {
    const nobody = this.#ingest?.alone === true && !this.on;
    document.body.dataset.heard = this.on ? "microphone" : nobody ? "nobody" : "tracker";
    $("microphone").hidden = this.#ingest === null;
    $("microphone").setAttribute("aria-pressed", String(this.on));
    $("microphone").title = this.on ? "Stop this device's microphone" : "Use this device's microphone";
    $("way_in").hidden = !nobody;
    const insecure = !window.isSecureContext;
    $("way_in_start").disabled = insecure;
    say($("way_in_about"), insecure ? INSECURE : "Its sound goes to this server, and what it feels like comes back here.");
  }
}
