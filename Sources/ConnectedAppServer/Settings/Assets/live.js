"use strict";
// Keeps a page up to date. When the server says that the page would look different now, loads its content again; if
// somebody is using a form or has the focus in the content, offers to do so instead.
// The element IDs and data-events come from frame.mustache.
(() => {
  const status = document.getElementById("live");
  if (!status || !window.EventSource) return;
  let isTyped = false;
  document.addEventListener("input", () => { isTyped = true; });

  const say = (text, action) => {
    const line = document.createElement("p");
    line.className = "alert";
    line.textContent = text;
    if (action) line.append(" ", action);
    status.replaceChildren(line);
  };
  const offer = () => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small quiet-button";
    button.textContent = "Show it";
    button.addEventListener("click", () => window.location.reload());
    say("This page has changed.", button);
  };
  const update = async () => {
    const answer = await fetch(window.location.href, { headers: { "Aprity-Automatic": "1" } });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("content");
    // The sign-in page, because the session has ended.
    if (answer.redirected || !next) return window.location.reload();
    const content = document.getElementById("content");
    if (isTyped || content.contains(document.activeElement)) return offer();
    content.replaceWith(next);
  };

  const source = new EventSource(status.dataset.events);
  const lose = () => say("The connection to aprity was lost. Reload this page to see the present state.");
  source.addEventListener("changed", () => update().catch(lose));
  source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) lose(); });
})();
