// Keeps the session while a page is open, says when it has ended, and guards what was typed.
(function () {
  "use strict";

  var EVERY = 5 * 60 * 1000;
  var bar = document.getElementById("session-ended");

  // Forms drawn before somebody signed in again carry the token of the session that ended.
  function carry(token) {
    document.querySelector("meta[name=csrf-token]").content = token;
    Array.prototype.forEach.call(document.querySelectorAll("input[name=csrf_token]"), function (field) { field.value = token; });
  }

  // Resolves to whether the session has ended.
  function ask() {
    return fetch("/session", { credentials: "same-origin", headers: { "Accept": "application/json" }, redirect: "manual" })
      .then(function (answer) {
        var ended = answer.status === 401 || answer.type === "opaqueredirect";
        if (ended || answer.ok) { bar.hidden = !ended; }
        return answer.ok ? answer.json().then(function (said) { if (said.csrf) { carry(said.csrf); } return false; }) : ended;
      })
      .catch(function () { return false; /* offline for a moment: the next round asks again */ });
  }

  if (bar) {
    setInterval(ask, EVERY);
    window.addEventListener("focus", function () { if (!bar.hidden) { ask(); } });
    document.addEventListener("htmx:responseError", function (event) {
      if (event.detail.xhr.status === 401) { bar.hidden = false; }
    });
  }

  var leaving = false;
  document.addEventListener("input", function (event) {
    var form = event.target.closest("form[data-guard]");
    if (form) { form.dataset.dirty = ""; leaving = false; }
  });
  // What was typed leaves the page only while the session lives, else the sign-in page would
  // take its place. Captured, so that nothing else acts on a form that is not sent yet.
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (!form.matches("form[data-guard]")) { return; }
    if (form.dataset.asked === "yes" || !bar) { delete form.dataset.asked; leaving = true; return; }
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.asked) { return; }
    form.dataset.asked = "asking";
    ask().then(function (ended) {
      delete form.dataset.asked;
      if (ended) { return; }
      form.dataset.asked = "yes";
      form.requestSubmit(button);
    });
  }, true);
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && document.querySelector("form[data-guard][data-dirty]")) {
      event.preventDefault();
      event.returnValue = "";
    }
  });

  var FOLD = "wenxiao.menu";
  function fold(folded) { document.body.classList.toggle("wx-menu-folded", folded); }
  fold(localStorage.getItem(FOLD) === "folded");
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-menu-fold]")) { return; }
    var folded = !document.body.classList.contains("wx-menu-folded");
    localStorage.setItem(FOLD, folded ? "folded" : "open");
    fold(folded);
  });
})();
