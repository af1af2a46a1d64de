// Files behind a token: a link cannot carry it unseen, so the page fetches them itself.

import { keep } from "./picture.js";
import { headers } from "./token.js";

async function fetched(event) {
  event.preventDefault();
  const answer = await fetch(event.currentTarget.href, { cache: "no-store", headers: headers() });
  return answer.ok ? answer : null;
}

/** Let the browser keep what a link leads to. */
export async function takeFile(event) {
  const answer = await fetched(event);
  if (answer === null) return;
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "");
  keep(await answer.blob(), name ? name[1] : "set");
}

/** Show what a link leads to in place of the page. */
export async function showFile(event) {
  const answer = await fetched(event);
  if (answer !== null) location.assign(URL.createObjectURL(await answer.blob()));
}
