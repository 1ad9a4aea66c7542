"use strict";
(() => {
  const within = (node, selector) => node.closest(selector);
  document.addEventListener("input", ({target}) => {
    const article = within(target, "article");
    if (!article) return;
    if (target.dataset.toggle) {
      const layer = `[data-layer="${target.dataset.toggle}"]`;
      article.querySelector(layer).hidden = !target.checked;
    } else if ("opacity" in target.dataset) {
      article.style.setProperty("--opacity", target.value / 100);
    } else if ("split" in target.dataset) {
      const viewer = within(target, "[data-viewer]");
      viewer.style.setProperty("--split", `${target.value}%`);
    }
  });
  const zoomTo = (viewer, zoom) => {
    const stage = viewer.querySelector(".stage");
    const before = stage.scrollWidth;
    const x = stage.scrollLeft + stage.clientWidth / 2;
    const y = stage.scrollTop + stage.clientHeight / 2;
    const height = stage.style.height || `${stage.clientHeight}px`;
    stage.style.height = zoom > 1 ? height : "";
    viewer.style.setProperty("--zoom", zoom);
    const factor = stage.scrollWidth / before;
    stage.scrollLeft = x * factor - stage.clientWidth / 2;
    stage.scrollTop = y * factor - stage.clientHeight / 2;
    for (const button of viewer.querySelectorAll("[data-zoom]")) {
      button.setAttribute("aria-pressed", button.dataset.zoom === `${zoom}`);
    }
  };
  document.addEventListener("click", ({target}) => {
    const button = within(target, "[data-zoom]");
    if (!button) return;
    zoomTo(within(button, "[data-viewer]"), Number(button.dataset.zoom));
  });
  // A mouse drags the zoomed picture; touch and keys scroll it by themselves.
  document.addEventListener("pointerdown", (event) => {
    const stage = within(event.target, ".stage");
    // On the stage itself lie its scroll bars.
    if (!stage || event.target === stage) return;
    if (event.pointerType !== "mouse" || event.button) return;
    const from = [event.clientX + stage.scrollLeft,
      event.clientY + stage.scrollTop];
    stage.setPointerCapture(event.pointerId);
    const move = (to) => stage.scrollTo(
      from[0] - to.clientX, from[1] - to.clientY);
    stage.addEventListener("pointermove", move);
    stage.addEventListener("lostpointercapture",
      () => stage.removeEventListener("pointermove", move), {once: true});
  });
  document.addEventListener("dragstart", (event) => {
    if (within(event.target, ".stage")) event.preventDefault();
  });
  const filters = document.querySelector("[data-filters]");
  const order = new Intl.Collator(undefined, {numeric: true});
  const texts = {
    given: (row) => row.dataset.row,
    name: (row) => row.querySelector("a").textContent,
  };
  const numbers = ["grade", "probability"];
  const compare = (sort) => (a, b) => numbers.includes(sort) ?
    b.dataset[sort] - a.dataset[sort] || a.dataset.row - b.dataset.row :
    order.compare(...[a, b].map(texts[sort] ?? ((row) => row.dataset[sort])));
  // The photographs follow their rows, also on paper.
  const arrange = () => {
    const {referral, grade, sort} = filters.elements;
    const fits = (select, value) => ["all", value].includes(select.value);
    const rows = [...document.querySelectorAll("[data-row]")];
    for (const row of rows.sort(compare(sort.value))) {
      const article = document.getElementById(`photograph-${row.dataset.row}`);
      row.hidden = !fits(referral, row.dataset.referral) ||
        !fits(grade, row.dataset.grade);
      article.hidden = row.hidden;
      row.parentNode.append(row);
      document.getElementById("model").before(article);
    }
    const failures = document.getElementById("failures");
    if (failures) {
      failures.hidden = !fits(referral, "failed") || grade.value !== "all";
    }
    const shown = rows.filter((row) => !row.hidden).length;
    filters.querySelector("[data-shown]").textContent =
      `${shown} of ${rows.length} shown`;
  };
  if (filters) {
    filters.hidden = false;
    filters.addEventListener("change", arrange);
    filters.addEventListener("submit", (event) => event.preventDefault());
  }
  // Browsers keep the state of inputs over a reload, but not what it did.
  for (const input of document.querySelectorAll("article input")) {
    input.dispatchEvent(new Event("input", {bubbles: true}));
  }
  window.addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
})();
