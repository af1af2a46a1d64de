// The upper part of the controls: input, freeze, range, marks, and what is kept.

import { fill, h, say, seldom } from "./elements.js";
import { clock } from "./words.js";

const $ = (id) => document.getElementById(id);
const GAIN_MS = 150;
const SHOWN_MARKS = 4;

export class Levers {
  #commands;
  #devices = [];
  #state = {};
  #kept = null;
  #gaining = 0;

  constructor(commands) {
    this.#commands = commands;
    $("device_choice").addEventListener("change", () => this.#choose(""));
    $("channels_choice").addEventListener("change", (event) => this.#choose(event.target.value));
    const gain = seldom(GAIN_MS, (value) => this.#do("input", "gain", { gain_db: value }));
    for (const id of ["gain_slider", "gain_number"]) {
      $(id).addEventListener("input", (event) => {
        const value = event.target.valueAsNumber;
        if (!Number.isFinite(value)) return;
        this.#gaining = performance.now();
        const other = id === "gain_slider" ? "gain_number" : "gain_slider";
        $(other).value = value;
        gain(value);
      });
    }
    $("freeze").addEventListener("click", () =>
      this.#do("hold", "freeze", { on: !this.#state.frozen }),
    );
    $("reset").addEventListener("click", () => this.#do("hold", "reset"));
    $("calibration_choice").addEventListener("change", (event) =>
      this.#do("range", "calibration", { use: event.target.value || "off" }),
    );
    $("learn").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#do("range", "calibrate", {
        seconds: $("learn_seconds").valueAsNumber || null,
        name: $("learn_name").value,
      });
    });
    $("learn_enough").addEventListener("click", () =>
      this.#do("range", "calibration", { use: "stop" }),
    );
    $("learn_cancel").addEventListener("click", () =>
      this.#do("range", "calibration", { use: this.#state.calibration?.name || "off" }),
    );
    $("marking").addEventListener("submit", (event) => {
      event.preventDefault();
      this.mark($("mark_label").value);
      $("mark_label").value = "";
    });
    $("save").addEventListener("click", () => this.#save());
  }

  /** Ask for what the lists hold. */
  async open() {
    const answer = await this.#do("input", "devices");
    if (answer) this.#devices = answer.devices;
    this.#listDevices();
    this.#listCalibrations();
  }

  mark(label = "") {
    this.#do("marks", "mark", { label });
  }

  /** Show what is set now. */
  show(status) {
    const state = status.controls;
    const learned = this.#state.calibrating && !state.calibrating;
    const switched = this.#state.device !== state.device;
    this.#state = state;
    if (switched) this.#listDevices();
    if (learned || this.#kept !== (state.calibration?.name ?? "")) this.#listCalibrations();
    fill($("channels_choice"), state.channels ?? "");
    if (performance.now() - this.#gaining > 1500) {
      for (const id of ["gain_slider", "gain_number"]) fill($(id), String(state.gain_db));
    }
    $("freeze").setAttribute("aria-pressed", String(state.frozen));
    say($("freeze"), state.frozen ? "Frozen: let go" : "Freeze");
    this.#showRange(state);
    this.#showMarks(state.marks);
    this.#showKept(state);
  }

  #showRange({ calibration, calibrating, adapting, message }) {
    $("learn").hidden = Boolean(calibrating);
    $("learning").hidden = !calibrating;
    if (calibrating) {
      const { heard_s: heard, seconds, name } = calibrating;
      $("learn_progress").value = heard / seconds;
      say($("learn_said"), `Learning “${name}”: ${Math.floor(heard)} of ${seconds} s of music`);
    }
    let said = "The model’s own scale.";
    if (calibration?.name) said = `“${calibration.name}”, learned from ${Math.round(calibration.seconds)} s.`;
    if (adapting) said = "Follows the music.";
    say($("range_said_now"), said);
    if (message) this.#complain("range", message);
  }

  #showMarks(marks) {
    const shown = marks.slice(-SHOWN_MARKS).reverse();
    const text = JSON.stringify(shown);
    if ($("mark_list").dataset.shown === text) return;
    $("mark_list").dataset.shown = text;
    $("mark_list").replaceChildren(
      ...shown.map(({ time_s, label }) =>
        h("li", {}, h("span", { class: "when" }, clock(time_s)), ` ${label || "marked"}`),
      ),
    );
  }

  #showKept({ unsaved, config }) {
    const names = (unsaved ?? []).join(", ");
    $("save").disabled = !names || !config;
    let said = config ? "Everything is as it will be at the next start." : "Nothing is kept: started with --config none.";
    if (names && config) said = `Not kept for the next start yet: ${names}.`;
    say($("kept"), said);
    $("kept").title = config;
  }

  #listDevices() {
    const wanted = this.#state.device ?? "";
    const names = this.#devices.map(({ device }) => device);
    // As it was asked for (mic, part of a name), unless that is one of the list.
    const own = wanted && !names.includes(wanted) ? [{ device: wanted, asked: true }] : [];
    $("device_choice").replaceChildren(
      ...[...own, ...this.#devices].map(({ device, channels, playback, asked }) => {
        const more = asked ? "" : ` · ${channels} ch${playback ? " · what this machine plays" : ""}`;
        return h("option", { value: device, selected: device === wanted }, device + more);
      }),
    );
  }

  async #listCalibrations() {
    this.#kept = this.#state.calibration?.name ?? "";
    const answer = await this.#do("range", "calibrations");
    const names = answer?.calibrations ?? [];
    const inUse = this.#kept;
    const known = inUse && !names.some((name) => name.toLowerCase() === inUse.toLowerCase()) ? [inUse] : [];
    $("calibration_choice").replaceChildren(
      h("option", { value: "" }, "none"),
      ...[...known, ...names].map((name) =>
        h("option", { value: name, selected: name.toLowerCase() === inUse.toLowerCase() }, name),
      ),
    );
  }

  async #choose(channels) {
    const device = $("device_choice").value;
    $("device_choice").disabled = $("channels_choice").disabled = true;
    say($("input_said"), "Opening…");
    await this.#do("input", "device", { device, channels });
    $("device_choice").disabled = $("channels_choice").disabled = false;
    $("channels_choice").value = this.#state.channels ?? "";
    this.#listDevices();
  }

  async #save() {
    const answer = await this.#do("keep", "save");
    if (answer) say($("keep_said"), `Saved in ${answer.path}`);
    setTimeout(() => say($("keep_said"), ""), 6000);
  }

  /** Ask, and say below the section what went wrong; returns the answer or null. */
  async #do(section, type, fields) {
    try {
      const answer = await this.#commands.ask(type, fields);
      this.#complain(section, "");
      return answer;
    } catch (error) {
      this.#complain(section, error.message);
      return null;
    }
  }

  #complain(section, sentence) {
    say($(`${section}_said`), sentence);
  }
}
