// The small print: what is heard, what thinks, and where it goes.

import { PROVIDERS, channels, clock, kilohertz } from "./words.js";

export class Details {
  #list;
  #shown = new Map();

  constructor(list) {
    this.#list = list;
  }

  /** Show what hello and status say; roundTripMs is null until it was measured. */
  show(hello, status, roundTripMs) {
    const device = status
      ? { name: status.device, rate_hz: status.rate_hz, channels: status.channels }
      : hello.device;
    const provider = status?.provider ?? hello.model.provider;
    const osc = status?.osc_targets ?? hello.osc;
    this.#set("Device", device.name);
    const input = `${kilohertz(device.rate_hz)} ${channels(device.channels)}`;
    this.#set("Input", device.rate_hz ? input : "–"); // a replay of a table does not know it
    this.#set("Model", status?.model ?? hello.model.name);
    this.#set("Runs on", PROVIDERS[provider] ?? provider);
    this.#set("OSC", osc.length ? osc.join(", ") : "off");
    this.#set("Clients", status ? String(status.web_clients) : "–");
    this.#set("Drops", status ? String(status.drops) : "–", status?.drops > 0);
    const lostS = (status?.filled_s ?? 0) + (status?.skipped_s ?? 0);
    if (lostS > 0) this.#set("Sound lost", `${lostS.toFixed(1)} s`, true);
    this.#set("Time", status ? clock(status.time_s) : "–");
    this.#set("Round trip", roundTripMs === null ? "–" : `${Math.max(1, Math.round(roundTripMs))} ms`);
    this.#set("Version", hello.version);
  }

  #set(name, text, alarming = false) {
    let entry = this.#shown.get(name);
    if (!entry) {
      const group = document.createElement("div");
      const value = document.createElement("dd");
      const term = document.createElement("dt");
      term.textContent = name;
      group.append(term, value);
      this.#list.append(group);
      entry = { group, value };
      this.#shown.set(name, entry);
    }
    if (entry.value.textContent !== text) entry.value.textContent = text;
    entry.value.title = text;
    entry.group.classList.toggle("alarming", alarming);
  }
}
