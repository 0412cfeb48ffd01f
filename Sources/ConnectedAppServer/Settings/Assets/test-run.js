"use strict";
// Follows a running connection test: fills in each step as it ends, then loads the page with the verdict.
// The element IDs, the class names and data-events come from testRun.mustache; the members of a row from StepRow.
(() => {
  const steps = document.getElementById("steps");
  const progress = document.getElementById("progress");
  if (!steps || !steps.dataset.events || !window.EventSource) return;
  const total = Number(steps.dataset.total);
  let done = steps.querySelectorAll("li:not(.is-open):not(.is-running)").length;

  const show = (row) => {
    const item = document.getElementById("step-" + row.id);
    if (!item || !(item.classList.contains("is-open") || item.classList.contains("is-running"))) return;
    item.className = "step is-" + row.outcome;
    item.querySelector(".outcome").textContent = row.outcomeLabel;
    item.querySelector(".elapsed").textContent = row.elapsed;
    item.querySelector(".because").textContent = row.because;
    item.querySelector(".notice").textContent = row.notice;
    const next = steps.querySelector("li.is-open");
    if (next) {
      next.className = "step is-running";
      next.querySelector(".outcome").textContent = "running";
    }
    done += 1;
    progress.textContent = "Testing: " + done + " of " + total + " steps done.";
  };

  const source = new EventSource(steps.dataset.events);
  source.addEventListener("step", (event) => show(JSON.parse(event.data)));
  source.addEventListener("end", () => {
    source.close();
    window.location.reload();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      progress.textContent = "The connection to aprity was lost. Reload this page to see how the test went.";
    }
  });
})();
