// What a person chose for the picture: the address says it first, then what was saved here.

import { LOOKS } from "./looks.js";

const KEY = "realtime-mer-stage";

/** Whether an address's parameter means yes: ?calm, ?calm=1, but not ?calm=0. */
const flag = (parameters, name) =>
  parameters.has(name) ? !["0", "no", "false"].includes(parameters.get(name)) : undefined;

/**
 * look, words and calm from an address and the saved text; calm is null where nobody chose, for
 * the system's wish for less motion counts then.
 */
export function readChoice(search, saved) {
  const parameters = new URLSearchParams(search);
  let stored = {};
  try {
    stored = JSON.parse(saved ?? "{}") ?? {};
  } catch {
    // written by something else: as if nothing were saved
  }
  const look = [parameters.get("look"), stored.look, LOOKS[0]].find((name) => LOOKS.includes(name));
  return {
    look,
    words: flag(parameters, "words") ?? stored.words === true,
    calm: flag(parameters, "calm") ?? (typeof stored.calm === "boolean" ? stored.calm : null),
  };
}

/** The address with what was chosen by hand, where it had said something else. */
export function writeChoice(address, choice) {
  const url = new URL(address);
  if (url.searchParams.has("look")) url.searchParams.set("look", choice.look);
  for (const name of ["words", "calm"]) {
    if (url.searchParams.has(name)) url.searchParams.set(name, choice[name] ? "1" : "0");
  }
  return url.href;
}

export function load() {
  try {
    return readChoice(location.search, localStorage.getItem(KEY));
  } catch {
    return readChoice(location.search, null); // storage may be forbidden
  }
}

export function save(choice) {
  history.replaceState(null, "", writeChoice(location.href, choice));
  try {
    localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // the choice then lasts as long as the page
  }
}
