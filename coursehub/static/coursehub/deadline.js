"use strict";

// A deadline in the reader's own time zone, where that is another one than the course's.
for (const place of document.querySelectorAll("[data-local-time]")) {
  const moment = new Date(place.dataset.localTime);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = new Intl.DateTimeFormat("en-GB", {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  }).format(moment);
  place.textContent = `${shown} where you are (${zone.replaceAll("_", " ")})`;
  place.hidden = false;
}
