// A few lines in place of a library: elements with their properties and children.

/** Make an element; props that begin with on are listeners, the others attributes. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Show a text where it is another than what stands there. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show a value in a field, unless somebody is typing there. */
export function fill(field, value) {
  if (document.activeElement !== field && field.value !== value) field.value = value;
}

/** Whether a key press is meant for a field rather than for the page. */
export const typing = (event) => event.target.closest?.("input, select, textarea") !== null;

/** Call a function at most every so often, the last call always. */
export function seldom(ms, call) {
  let timer = 0;
  let due = null;
  let nextMs = 0;
  const run = () => {
    timer = 0;
    nextMs = performance.now() + ms;
    call(...due);
  };
  return (...values) => {
    due = values;
    if (!timer) timer = setTimeout(run, Math.max(0, nextMs - performance.now()));
  };
}
