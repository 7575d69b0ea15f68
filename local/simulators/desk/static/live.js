// Keeps the part of a page marked data-live up to date. The server answers 304 while nothing has
// changed, so what somebody is reading or typing is left alone.
"use strict";

const live = document.querySelector("[data-live]");
let etag = null;

async function look() {
  if (document.hidden) {
    return;
  }
  try {
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await fetch(location.pathname, { headers, cache: "no-store" });
    if (answer.status !== 200) {
      return;
    }
    const first = etag === null;
    etag = answer.headers.get("ETag");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh && !(first && fresh.textContent === live.textContent)) {
      live.replaceChildren(...fresh.childNodes);
      document.title = page.title;
    }
  } catch {
    // The simulators are being restarted: look again at the next turn.
  }
}

if (live) {
  setInterval(look, 2000);
}
