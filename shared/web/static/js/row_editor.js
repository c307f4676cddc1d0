// Rows of a form: add, remove, move by button or Alt+arrow, numbers kept in step, sums while typing.
(function () {
  "use strict";

  function all(root, selector) { return Array.prototype.slice.call(root.querySelectorAll(selector)); }
  function rowsOf(editor) { return all(editor, "[data-rows] > [data-row]"); }
  function inputs(row) { return all(row, "input:not([type=hidden]), select, textarea"); }
  function isEmpty(row) { return inputs(row).every(function (input) { return !input.value.trim(); }); }

  function renumber(editor) {
    var name = editor.dataset.editor;
    rowsOf(editor).forEach(function (row, place) {
      row.querySelector("[data-row-number]").textContent = String(place + 1);
      all(row, "[name]").forEach(function (input) {
        var key = input.name.slice(name.length + 1).replace(/^[^.]*\./, "");
        input.name = name + "." + place + "." + key;
        if (input.id) { input.id = "field-" + input.name.replace(/\./g, "-"); }
      });
      all(row, "[aria-label]").forEach(function (part) {
        part.setAttribute("aria-label", part.getAttribute("aria-label").replace(/第[^行]*行/, "第" + (place + 1) + "行"));
      });
    });
    total(editor);
  }

  // Hundredths as whole numbers: 0.1 + 0.2 must be 0.3 here too.
  function hundredths(text) {
    var plain = text.replace(/[０-９．，－]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); }).replace(/[,\s]/g, "");
    return /^-?\d+(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : 0;
  }

  function total(editor) {
    var place = editor.querySelector("[data-total-text]");
    if (!place) { return; }
    var key = "." + editor.dataset.totalOf;
    var sum = all(editor, "[data-rows] [name]").reduce(function (so, input) {
      return input.name.slice(-key.length) === key ? so + hundredths(input.value) : so;
    }, 0);
    var text = "合计 " + (sum / 100).toFixed(2);
    place.classList.remove("wx-wrong", "wx-right");
    if (editor.dataset.total) {
      var wanted = hundredths(editor.dataset.total);
      text += sum === wanted ? "，符合要求" : "，应为 " + (wanted / 100).toFixed(2);
      place.classList.add(sum === wanted ? "wx-right" : "wx-wrong");
    }
    place.textContent = text;
  }

  function changed(editor) {
    renumber(editor);
    editor.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function add(editor) {
    var fresh = document.importNode(editor.querySelector("[data-row-template]").content, true);
    show(fresh);
    editor.querySelector("[data-rows]").appendChild(fresh);
    changed(editor);
    var rows = rowsOf(editor);
    inputs(rows[rows.length - 1])[0].focus();
  }

  function remove(editor, row) {
    var next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    changed(editor);
    (next ? next.querySelector("[data-row-remove]") : editor.querySelector("[data-row-add]")).focus();
  }

  function move(editor, row, up) {
    var other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!other) { return; }
    row.parentElement.insertBefore(up ? row : other, up ? other : row);
    changed(editor);
  }

  function show(root) {
    all(root, "[data-row-up], [data-row-down], [data-row-remove], [data-row-add]").forEach(function (button) { button.hidden = false; });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-row-add], [data-row-remove], [data-row-up], [data-row-down]");
    if (!button) { return; }
    var editor = button.closest("[data-editor]");
    var row = button.closest("[data-row]");
    if (button.matches("[data-row-add]")) { add(editor); }
    if (button.matches("[data-row-remove]")) { remove(editor, row); }
    if (button.matches("[data-row-up]")) { move(editor, row, true); button.focus(); }
    if (button.matches("[data-row-down]")) { move(editor, row, false); button.focus(); }
  });

  document.addEventListener("keydown", function (event) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) { return; }
    var row = event.target.closest("[data-editor] [data-row]");
    if (!row || !row.querySelector("[data-row-up]")) { return; }
    event.preventDefault();
    move(row.closest("[data-editor]"), row, event.key === "ArrowUp");
    event.target.focus();
  });

  document.addEventListener("input", function (event) {
    var editor = event.target.closest("[data-editor]");
    if (editor && event.target !== editor) { total(editor); }
  });

  function prepare(root) {
    all(root, "[data-editor]").forEach(function (editor) {
      if (editor.dataset.ready) { return; }
      editor.dataset.ready = "yes";
      show(editor);
      if (editor.querySelector("[data-row-template]")) {
        rowsOf(editor).reverse().every(function (row) { // spare rows are for browsers without scripts
          var spare = isEmpty(row) && rowsOf(editor).length > 1;
          if (spare) { row.remove(); }
          return spare;
        });
      }
      total(editor);
    });
  }

  prepare(document);
  document.addEventListener("htmx:load", function (event) { prepare(event.target.parentElement || document); });
})();
