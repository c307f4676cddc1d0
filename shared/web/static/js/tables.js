// Lists: ticking rows for a batch, filters that apply at once, columns that stay.
(function () {
  "use strict";

  document.documentElement.classList.add("wx-scripted"); // without scripts the bar always shows

  function boxes(form) { return Array.prototype.slice.call(form.querySelectorAll("[data-tick]")); }

  function refresh(form) {
    var all = boxes(form);
    var ticked = all.filter(function (box) { return box.checked; });
    all.forEach(function (box) { box.closest("tr").classList.toggle("wx-ticked", box.checked); });
    var bar = form.querySelector("[data-batch-bar]");
    if (bar) {
      bar.classList.toggle("wx-on", ticked.length > 0);
      bar.querySelector("[data-batch-count]").textContent = String(ticked.length);
    }
    var head = form.querySelector("[data-tick-all]");
    if (head) {
      head.checked = all.length > 0 && ticked.length === all.length;
      head.indeterminate = ticked.length > 0 && ticked.length < all.length;
    }
  }

  document.addEventListener("change", function (event) {
    var form = event.target.closest("[data-batch]");
    if (form && event.target.matches("[data-tick-all]")) {
      boxes(form).forEach(function (box) { box.checked = event.target.checked; });
    }
    if (form && event.target.matches("[data-tick], [data-tick-all]")) { refresh(form); }
    if (event.target.matches("select[data-submit]")) { event.target.form.submit(); }
  });

  // Each frozen column stands right of the one before it; widths are known only once drawn.
  function freeze(table) {
    Array.prototype.forEach.call(table.rows, function (row) {
      var left = 0;
      var last = null;
      Array.prototype.forEach.call(row.cells, function (cell) {
        if (!cell.classList.contains("wx-frozen")) { return; }
        cell.style.left = left + "px";
        left += cell.offsetWidth;
        last = cell;
      });
      if (last) { last.classList.add("wx-frozen-last"); }
    });
  }

  function prepare(root) {
    Array.prototype.forEach.call(root.querySelectorAll(".wx-table"), freeze);
    Array.prototype.forEach.call(root.querySelectorAll("[data-batch]"), refresh);
  }

  prepare(document);
  document.addEventListener("htmx:load", function (event) { prepare(event.target.parentElement || document); });
  window.addEventListener("pageshow", function () { prepare(document); });
  window.addEventListener("resize", function () { prepare(document); });
})();
