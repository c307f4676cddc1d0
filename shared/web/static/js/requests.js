// htmx: the token of the page goes with every request; failures are said at the top of the page.
(function () {
  "use strict";

  function token() {
    var meta = document.querySelector('meta[name="csrf-token"]');
    return meta ? meta.content : "";
  }

  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRF-Token"] = token();
  });

  function say(text) {
    var place = document.getElementById("notices");
    if (!place) { return; }
    var box = document.createElement("div");
    box.className = "wx-alert wx-alert-red";
    box.setAttribute("role", "alert");
    box.textContent = text;
    place.textContent = "";
    place.appendChild(box);
  }

  document.addEventListener("htmx:responseError", function (event) {
    var request = event.detail.xhr;
    if (request.status === 401) { return; } // the session bar speaks
    var answer = new DOMParser().parseFromString(request.responseText, "text/html");
    var said = answer.querySelector(".wx-alert, .wx-problem-text");
    say(said ? said.textContent.trim() : "操作没有完成，内容没有改动；请稍后再试。");
  });

  document.addEventListener("htmx:sendError", function () {
    say("网络中断，内容没有提交；请检查网络后再试。");
  });

  // What a person has unfolded stays unfolded when its surroundings are drawn anew.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var open = event.detail.target.querySelectorAll("details[id][open]");
    event.detail.target.dataset.unfolded = Array.prototype.map.call(open, function (each) { return each.id; }).join(" ");
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    var names = (event.detail.target.dataset.unfolded || "").split(" ").filter(Boolean);
    names.forEach(function (name) {
      var found = document.getElementById(name);
      if (found && found.tagName === "DETAILS") { found.open = true; }
    });
  });

  window.wenxiao = { token: token, say: say };
})();
