// Routes as cards: every field is sent when it is left, and the parser of the configuration
// answers at the field. Beside each: what goes in and what comes out.

import { fill, h, say } from "./elements.js";
import { signed } from "./words.js";

const SOURCES = ["arousal", "valence", "arousal_std", "valence_std", "level", "active", "mood",
  "mood:joyful", "mood:tense", "mood:sad", "mood:calm", "distance:happy"]; // prettier-ignore
const NATURAL = { level: [-60, 0], active: [0, 1], arousal: [-1, 1], valence: [-1, 1], dominance: [-1, 1] };

// key: label, kind, placeholder, whether it stands in the first rows
const FIELDS = [
  ["address", "Address", "text", "/composition/layers/1/video/opacity"],
  ["source", "Source", "source", "arousal"],
  ["in", "From", "range", "its own"],
  ["out", "To", "range", "0, 1"],
  ["rise", "Rise, s", "number", "0"],
  ["fall", "Fall, s", "number", "0"],
  ["curve", "Curve", "curve", ""],
  ["target", "Receiver", "list", "all of --osc"],
  ["stream", "Stream", "number", "1"], // where there are several
];
const MORE = [
  ["exponent", "Exponent", "number", "2"],
  ["before", "Arguments before", "arguments", "none"],
  ["after", "Arguments after", "arguments", "none"],
  ["midi.port", "MIDI port", "text", "none"],
  ["midi.channel", "Channel", "number", "1"],
  ["midi.cc", "Control", "number", "0 to 127"],
  ["clip", "Stay inside the range", "check", true],
  ["type", "Whole numbers", "whole", false],
  ["on_change", "Send", "news", ""],
];

export class Routes {
  #commands;
  #list;
  #revision = -1;
  #asking = false;
  #cards = [];

  constructor(commands, list, add) {
    this.#commands = commands;
    this.#list = list;
    add.addEventListener("click", () => {
      const card = this.#card({ source: "arousal" });
      card.draft = true;
      card.more.open = true;
      card.fields.get("address").focus();
    });
  }

  /** The number of changes, from the status: what is shown may be out of date. */
  async see(revision) {
    if (revision === this.#revision || this.#asking) return;
    this.#asking = true;
    try {
      this.#take(await this.#commands.ask("routes"));
    } catch {
      // the next status asks again
    }
    this.#asking = false;
  }

  forget() {
    this.#revision = -1;
  }

  /** Show what goes into each route and what comes out. */
  meter({ routes }) {
    const sent = this.#cards.filter((card) => !card.draft);
    routes.forEach(([before, after], index) => sent[index]?.meter(before, after));
  }

  #take({ revision, routes }) {
    this.#revision = revision;
    const drafts = this.#cards.filter((card) => card.draft);
    const same = this.#cards.filter((card) => !card.draft);
    if (same.length === routes.length) {
      routes.forEach((table, index) => same[index].show(table));
      return;
    }
    this.#cards = [];
    this.#list.replaceChildren();
    for (const table of routes) this.#card(table);
    for (const card of drafts) {
      this.#cards.push(card);
      this.#list.append(card.element);
    }
  }

  #card(table) {
    const card = new Card(table, {
      changed: () => this.#send(),
      removed: () => {
        this.#cards = this.#cards.filter((each) => each !== card);
        card.element.remove();
        if (!card.draft) this.#send();
      },
    });
    this.#cards.push(card);
    this.#list.append(card.element);
    return card;
  }

  async #send() {
    const sent = this.#cards.filter((card) => !card.draft || card.isBegun());
    for (const card of this.#cards) card.forgive();
    this.#asking = true;
    try {
      const routes = sent.map((card) => card.table());
      const answer = await this.#commands.ask("set_routes", { routes, revision: this.#revision });
      for (const card of sent) card.draft = false;
      this.#take(answer);
    } catch (error) {
      for (const { route, key, message } of error.problems ?? []) sent[route]?.complain(key, message);
      if (!error.problems?.length) {
        const about = sent.at(-1) ?? this.#cards.at(-1);
        about?.complain("", error.message);
        if (error.message.startsWith("Somebody else")) this.#revision = -1;
      }
    }
    this.#asking = false;
  }
}

class Card {
  draft = false;
  fields = new Map();
  #lanes = [];
  #table;
  #errors = new Map();

  constructor(table, on) {
    this.#table = table;
    const row = ([key, label, kind, hint]) => this.#field(key, label, kind, hint, on.changed);
    const toggle = h("input", { type: "checkbox", "aria-label": "Send this route", onchange: on.changed });
    this.fields.set("on", { read: () => (toggle.checked ? undefined : false), show: (v) => (toggle.checked = v !== false), focus: () => toggle.focus() });
    this.name = h("span", { class: "name" });
    this.lanes = h("div", { class: "lanes", "aria-hidden": "true" });
    this.error = h("p", { class: "wrong", role: "alert" });
    this.more = h("details", {},
      h("summary", {}, this.name),
      h("div", { class: "fields" }, ...FIELDS.map(row)),
      h("details", { class: "rare" }, h("summary", {}, "More"), h("div", { class: "fields" }, ...MORE.map(row))),
      this.error,
      h("button", { type: "button", class: "plain", onclick: on.removed }, "Remove this route"),
    ); // prettier-ignore
    this.element = h("li", { class: "route" }, h("label", { class: "switch" }, toggle), this.more, this.lanes);
    this.show(table);
  }

  show(table) {
    this.#table = table;
    for (const [key, field] of this.fields) {
      const [outer, inner] = key.split(".");
      field.show(inner ? table[outer]?.[inner] : table[outer]);
    }
    const midi = table.midi ? `MIDI ${table.midi.port} · ${table.midi.cc}` : "";
    say(this.name, [table.address, midi].filter(Boolean).join(" + ") || "New route");
    this.element.classList.toggle("off", table.on === false);
    const sources = [table.source ?? []].flat();
    this.#lanes = sources.map((source, index) => new Lane(source, rangeOf(table, index, source)));
    this.lanes.replaceChildren(...this.#lanes.map((lane) => lane.element));
  }

  /** The table as the configuration has it: what is empty is so by default. */
  table() {
    const table = {};
    for (const [key, field] of this.fields) {
      const value = field.read();
      const [outer, inner] = key.split(".");
      if (value === undefined) continue;
      if (inner) table[outer] = { ...table[outer], [inner]: value };
      else table[outer] = value;
    }
    return table;
  }

  isBegun() {
    const { address, midi } = this.table();
    return Boolean(address || midi);
  }

  meter(before, after) {
    this.#lanes.forEach((lane, index) => lane.show(before[index], after[index]));
  }

  complain(key, sentence) {
    const error = this.#errors.get(key) ?? this.error;
    error.textContent = error.textContent ? `${error.textContent} ${sentence}` : sentence;
    this.element.classList.add("wrongly");
    this.more.open = true;
    error.closest("details").open = true;
  }

  forgive() {
    this.element.classList.remove("wrongly");
    for (const error of [this.error, ...this.#errors.values()]) error.textContent = "";
  }

  #field(key, label, kind, hint, changed) {
    const error = h("span", { class: "wrong", role: "alert" });
    this.#errors.set(key, error);
    if (key === "midi.port") this.#errors.set("midi", error);
    const field = makeField(kind, hint, changed);
    this.fields.set(key, field);
    const inline = kind === "check" || kind === "whole";
    const kinds = { address: "wide", source: "wide", stream: "of_many" };
    // Beside the label, not in it: it would become part of the field's name.
    return h("div", { class: `field ${kinds[key] ?? ""}` },
      h("label", { class: inline ? "check" : null },
        inline ? field.element : null, h("span", {}, label), inline ? null : field.element),
      error); // prettier-ignore
  }
}

/** A field with read() into a table's value and show() back; what it cannot read it passes on. */
function makeField(kind, hint, changed) {
  if (kind === "check" || kind === "whole") {
    const box = h("input", { type: "checkbox", onchange: changed });
    const shown = (value) => (kind === "whole" ? value === "integer" : (value ?? hint));
    const read = () => {
      if (box.checked === hint) return undefined;
      return kind === "whole" ? "integer" : box.checked;
    };
    return { element: box, read, show: (value) => (box.checked = shown(value)), focus: () => box.focus() };
  }
  if (kind === "news") {
    const words = [["", "as usual"], ["false", "always"], ["true", "when it changes"]];
    const select = h("select", { onchange: changed },
      ...words.map(([value, word]) => h("option", { value }, word))); // prettier-ignore
    const read = () => (select.value ? select.value === "true" : undefined);
    return { element: select, read, show: (value) => (select.value = String(value ?? "")), focus: () => select.focus() };
  }
  if (kind === "curve") {
    const select = h("select", { onchange: changed },
      ...["linear", "exponent", "s"].map((name) => h("option", { value: name }, name))); // prettier-ignore
    const read = () => (select.value === "linear" ? undefined : select.value);
    return { element: select, read, show: (value) => (select.value = value ?? "linear"), focus: () => select.focus() };
  }
  const input = h("input", {
    type: "text", placeholder: hint, spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    inputmode: kind === "number" ? "decimal" : null, list: kind === "source" ? "sources" : null, onchange: changed,
  }); // prettier-ignore
  const read = () => (input.value.trim() ? READ[kind](input.value.trim()) : undefined);
  const show = (value) => fill(input, value === undefined ? "" : SHOW[kind]?.(value) ?? String(value));
  return { element: input, read, show, focus: () => input.focus() };
}

const parts = (text) => text.split(",").map((part) => part.trim()).filter(Boolean);
const single = (list) => (list.length === 1 ? list[0] : list);
const numeric = (text) => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : text);

const READ = {
  text: (text) => text,
  number: numeric,
  list: (text) => single(parts(text)),
  // A point of the plane has a comma of its own: distance:0.5,-0.3.
  source: (text) => single(text.match(/distance:\s*[-+.\d]+\s*,\s*[-+.\d]+|[^,\s][^,]*/g).map((part) => part.trim())),
  arguments: (text) => parts(text).map(numeric),
  range: (text) => {
    try {
      return JSON.parse(`[${text}]`);
    } catch {
      return text;
    }
  },
};
const SHOW = {
  list: (value) => [value].flat().join(", "),
  source: (value) => [value].flat().join(", "),
  arguments: (value) => value.join(", "),
  range: (value) => value.map((each) => (Array.isArray(each) ? `[${each.join(", ")}]` : each)).join(", "),
};

function rangeOf(table, index, source) {
  const pick = (ranges, natural) => {
    if (!Array.isArray(ranges)) return natural;
    return Array.isArray(ranges[0]) ? (ranges[index] ?? natural) : ranges;
  };
  const natural = NATURAL[source] ?? (source.endsWith("_std") ? [0, 0.5] : [0, 1]);
  return { in: pick(table.in, natural), out: pick(table.out, table.midi ? [0, 127] : [0, 1]) };
}

/** One source of a route: what goes in, a bar of where it is between the ends, what comes out. */
class Lane {
  constructor(source, ranges) {
    this.ranges = ranges;
    this.before = h("span", { class: "before" }, "–");
    this.after = h("span", { class: "after" }, "–");
    this.bars = h("span", { class: "bars" }, h("i", { class: "bar in" }), h("i", { class: "bar out" }));
    this.element = h("div", { class: "lane" }, h("span", { class: "what" }, source), this.before, this.bars, this.after);
  }

  show(before, after) {
    say(this.before, shown(before));
    say(this.after, shown(after));
    const [first, second] = this.bars.children;
    first.style.setProperty("--part", part(before, this.ranges.in));
    second.style.setProperty("--part", part(after, this.ranges.out));
  }
}

const shown = (value) => {
  if (value === undefined) return "–"; // its stream has said nothing yet
  if (typeof value !== "number") return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0).replace("-", "\u2212");
  return signed(value).replace(/^\+/, "");
};

const part = (value, [begin, end]) =>
  typeof value === "number" && end !== begin ? Math.min(1, Math.max(0, (value - begin) / (end - begin))) : 0;

/** Suggestions for the sources of all cards. */
export const sourceList = () =>
  h("datalist", { id: "sources" }, ...SOURCES.map((value) => h("option", { value })));
