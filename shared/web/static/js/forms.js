// A refused form: the summary gets the focus, its links lead into the fields.
(function () {
  "use strict";

  function focusSummary(root) {
    var summary = root.querySelector("[data-focus]");
    if (summary) { summary.focus(); }
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest(".wx-errors a");
    if (!link) { return; }
    var place = document.getElementById(link.getAttribute("href").slice(1));
    if (!place) { return; }
    event.preventDefault();
    place.scrollIntoView({ block: "center" });
    place.focus({ preventScroll: true });
  });

  // Twice pressed is sent once; a file that is fetched (data-download) leaves the page in use.
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (button && button.hasAttribute("data-download")) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.querySelectorAll("form[data-sent]"), function (form) { delete form.dataset.sent; });
  });

  focusSummary(document);
  document.addEventListener("htmx:afterSettle", function (event) { focusSummary(event.target); });
})();
