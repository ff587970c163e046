"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const findings = all(".finding");
  for (const what of all(".filters, .zoom, .copy")) what.hidden = false; // they need this script

  // Filters: what is hidden says so in the count.
  const form = document.querySelector(".filters");
  const filter = () => {
    const levels = all("input:checked", form).map((box) => box.value);
    let shown = 0;
    for (const one of findings) {
      const level = one.closest(".level").dataset.severity;
      one.hidden = !levels.includes(level)
        || (form.rule.value && one.dataset.rule !== form.rule.value)
        || (form.file.value && one.dataset.file !== form.file.value);
      shown += !one.hidden;
    }
    for (const level of all(".level")) level.hidden = all(".finding:not([hidden])", level).length === 0;
    document.getElementById("shown").textContent = `${shown} shown`;
  };
  if (form) { form.addEventListener("change", filter); filter(); }

  // Copy, also where a page has no clipboard of its own.
  const copied = (button) => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy"; }, 1500); };
  const byHand = (code) => {
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
    getSelection().removeAllRanges();
  };
  for (const button of all(".copy")) {
    const code = button.parentElement.querySelector("code");
    button.addEventListener("click", () => {
      const done = navigator.clipboard ? navigator.clipboard.writeText(code.textContent) : Promise.reject();
      done.catch(() => byHand(code)).then(() => copied(button));
    });
  }

  // The diagram: its size, and the table of the finding that is looked at.
  const pane = document.querySelector(".pane");
  const svg = pane && pane.querySelector("svg");
  if (svg) {
    const width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
    const legible = 0.7; // smaller letters are only an overview, for whoever asks to fit
    let scale = 1;
    const zoom = (next) => {
      const x = (pane.scrollLeft + pane.clientWidth / 2) / scale, y = (pane.scrollTop + pane.clientHeight / 2) / scale;
      scale = Math.min(3, Math.max(0.05, next));
      svg.setAttribute("width", width * scale);
      svg.setAttribute("height", height * scale);
      pane.scrollTo(x * scale - pane.clientWidth / 2, y * scale - pane.clientHeight / 2);
    };
    const fit = () => Math.min(1, pane.clientWidth / width, pane.clientHeight / height);
    const steps = { in: () => zoom(scale * 1.3), out: () => zoom(scale / 1.3), fit: () => zoom(fit()) };
    for (const button of all("[data-zoom]")) button.addEventListener("click", steps[button.dataset.zoom]);
    const show = (id) => {
      for (const one of all(".table.shown", svg)) one.classList.remove("shown");
      const table = document.getElementById(id);
      if (!table) return;
      table.classList.add("shown");
      const at = table.getBoundingClientRect(), around = pane.getBoundingClientRect();
      pane.scrollBy(at.left + at.width / 2 - around.left - around.width / 2,
        at.top + at.height / 2 - around.top - around.height / 2);
    };
    for (const one of findings.filter((one) => one.dataset.table)) {
      one.addEventListener("click", () => {
        for (const other of findings) other.classList.toggle("chosen", other === one);
        if (scale < 0.5) zoom(0.75);
        show(one.dataset.table);
      });
      one.querySelector(".facts a").addEventListener("click", (event) => {
        event.preventDefault();
        pane.scrollIntoView({ block: "nearest" });
        pane.focus({ preventScroll: true });
      });
    }
    zoom(Math.max(fit(), legible));
    pane.scrollTo(0, 0);
    const first = findings.find((one) => one.dataset.table);
    if (first && fit() < scale) show(first.dataset.table);
  }
  addEventListener("beforeprint", () => { for (const one of findings) one.open = true; });
})();
