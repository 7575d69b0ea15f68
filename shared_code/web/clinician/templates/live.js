"use strict";
(() => {
  const open = document.getElementById("open");
  const loaded = performance.getEntriesByType("navigation")[0];
  const desktop = matchMedia("(hover: hover) and (pointer: fine)").matches;
  if ("now" in open.dataset && window.top === window && desktop && loaded.type === "navigate") {
    window.open(open.href, "_blank", "noopener");
  }
  const live = document.getElementById("live");
  let etag = live.dataset.etag;
  const look = async () => {
    try {
      const answer = await fetch(live.dataset.from, {
        cache: "no-store",
        headers: { "If-None-Match": etag },
      });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag");
        live.innerHTML = await answer.text();
      } else if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        location.reload();
        return;
      }
    } catch {
      // The network is away; the next look may find it again.
    }
    setTimeout(look, 5000);
  };
  setTimeout(look, 5000);
})();
