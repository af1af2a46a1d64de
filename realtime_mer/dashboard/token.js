// The word that opens the stream. It comes in the address, is taken out of it at once, so that
// neither the address bar nor a projector shows it, and is kept for this tab alone.

const KEY = "realtime-mer-token";
const LINK_MS = 10000; // for so long a link that is being used has it

export const token = take();

/** What a request to the server has to carry. */
export function headers() {
  return token === null ? {} : { Authorization: `Bearer ${asBytes(token)}` };
}

/** Have a link carry it while somebody uses it: in a new window this tab's memory is not there. */
export function lend(link) {
  if (token === null) return;
  for (const event of ["pointerdown", "keydown"]) {
    link.addEventListener(event, () => {
      link.hash = new URLSearchParams({ token }).toString();
      setTimeout(() => (link.hash = ""), LINK_MS);
    });
  }
}

function take() {
  const url = new URL(location.href);
  const behind = new URLSearchParams(url.hash.slice(1));
  const given = behind.get("token") ?? url.searchParams.get("token");
  if (given === null) return remembered();
  behind.delete("token");
  url.searchParams.delete("token");
  url.hash = behind.toString();
  history.replaceState(history.state, "", url.href.replace(/#$/, ""));
  try {
    sessionStorage.setItem(KEY, given);
  } catch {
    // it then lasts as long as the page
  }
  return given;
}

function remembered() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage may be forbidden
  }
}

/** Headers hold bytes: each byte of the UTF-8 becomes the character of that number. */
function asBytes(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
