"use strict";
// The colours follow the system's until a reader chooses; everything is open on paper.
(() => {
  const button = document.getElementById("theme");
  const names = ["auto", "light", "dark"];
  let chosen = 0;
  button.hidden = false;
  button.addEventListener("click", () => {
    chosen = (chosen + 1) % names.length;
    button.textContent = names[chosen];
    button.setAttribute("aria-label", "Theme: " + names[chosen]);
    if (chosen) document.documentElement.dataset.theme = names[chosen];
    else delete document.documentElement.dataset.theme;
  });
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
})();
