// Native dialogs for acts that ask once; copying texts; canned phrases.
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]");
    if (opener) {
      document.getElementById(opener.dataset.dialog).showModal();
      return;
    }
    if (event.target.closest("[data-dialog-close]")) {
      event.target.closest("dialog").close();
      return;
    }
    if (event.target.closest("[data-print]")) {
      window.print();
      return;
    }
    var copier = event.target.closest("[data-copy]");
    if (copier) {
      copy(document.getElementById(copier.dataset.copy), copier.parentElement.querySelector("[data-copied]"));
      return;
    }
    var phrase = event.target.closest("[data-phrase]");
    if (phrase) {
      var area = document.getElementById(phrase.dataset.into);
      area.value = area.value.trim() ? area.value.replace(/[。\s]*$/, "。") + phrase.dataset.phrase : phrase.dataset.phrase;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    }
  });

  function copy(area, answer) {
    function say(done) { answer.textContent = done ? "已复制，可以粘贴到工作群" : "没有复制成功，请手动选择后复制"; }
    area.select();
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(area.value).then(function () { say(true); }, function () { say(document.execCommand("copy")); });
    } else {
      say(document.execCommand("copy")); // plain http inside the office network
    }
  }
})();
