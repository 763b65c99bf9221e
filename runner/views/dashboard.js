"use strict";
// Asks for the page that is shown every five seconds and puts in place what has changed. Without this script the page is
// the same, but for being as old as it is, and filters have a button.

const EVERY_MS = 5000;
const TYPING_MS = 250;
const pause = document.getElementById("live");
const trouble = document.getElementById("trouble");
const shown = new Map();
let isPaused = false;
let newest = 0;

for (const part of document.querySelectorAll("[data-live]")) shown.set(part.id, part.innerHTML);

async function look() {
  const number = ++newest;
  let words = "";
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      location.reload(); // the session is over
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== newest) return; // another question was asked meanwhile
    if (answer.ok || answer.status === 404) show(page);
    else words = "The ledger cannot be read now. What is shown may be old.";
  } catch {
    words = "The dashboard does not answer. What is shown may be old.";
  }
  if (trouble.textContent !== words) trouble.textContent = words;
}

function show(page) {
  if (page.querySelectorAll("[data-live]").length !== shown.size) {
    location.reload(); // a page of another kind, such as that of a campaign of which the first was handed over
    return;
  }
  document.getElementById("as-of").textContent = page.getElementById("as-of")?.textContent ?? "";
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && shown.get(part.id) !== fresh.innerHTML && !isBeingRead(part)) replace(part, fresh);
  }
}

// Whoever marks words to copy them keeps them.
function isBeingRead(part) {
  const selection = getSelection();
  return selection.type === "Range" && part.contains(selection.anchorNode);
}

function replace(part, fresh) {
  shown.set(part.id, fresh.innerHTML);
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const places = Array.from(part.querySelectorAll(".wide"), (wide) => [wide.id, wide.scrollLeft]);
  part.replaceChildren(...fresh.childNodes);
  for (const [id, left] of places) {
    const wide = document.getElementById(id);
    if (wide) wide.scrollLeft = left;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function ask(form) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) address.searchParams.set(name, value);
  history.replaceState(null, "", address);
  look();
}

for (const form of document.querySelectorAll("form.filter")) {
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, TYPING_MS, form);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask(form);
  });
}

pause.hidden = false;
pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(!isPaused));
  if (!isPaused) look();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !isPaused) look();
});
setInterval(() => {
  if (!document.hidden && !isPaused) look();
}, EVERY_MS);
