// Files go up at once, with progress; the answer (list items) is added below the field.
(function () {
  "use strict";

  document.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.matches("input[type=file][data-upload]") || !input.files.length) { return; }
    var field = input.closest(".wx-field");
    Array.prototype.forEach.call(input.files, function (file) { send(input, field, file); });
    input.value = "";
  });

  function send(input, field, file) {
    var state = field.querySelector("[data-upload-state]");
    var bar = state.querySelector("progress");
    var text = state.querySelector("[data-upload-text]");
    var request = new XMLHttpRequest();
    var body = new FormData();
    body.append(input.name, file);
    state.hidden = false;
    bar.value = 0;
    text.textContent = "正在上传 " + file.name;
    request.upload.addEventListener("progress", function (event) {
      if (event.lengthComputable) { bar.value = event.loaded * 100 / event.total; }
    });
    request.addEventListener("load", function () {
      var answer = new DOMParser().parseFromString(request.responseText, "text/html");
      if (request.status >= 200 && request.status < 300) {
        var list = field.querySelector("[data-upload-files]");
        Array.prototype.forEach.call(answer.querySelectorAll("li"), function (item) { list.appendChild(document.importNode(item, true)); });
        bar.value = 100;
        text.textContent = "已上传 " + file.name;
      } else {
        var said = answer.querySelector(".wx-alert, .wx-problem-text");
        text.textContent = said ? said.textContent.trim() : file.name + " 没有上传成功，请重试。";
      }
    });
    request.addEventListener("error", function () { text.textContent = "网络中断，" + file.name + " 没有上传成功，请重试。"; });
    request.open("POST", input.dataset.upload);
    request.setRequestHeader("X-CSRF-Token", window.wenxiao.token());
    request.setRequestHeader("HX-Request", "true");
    request.send(body);
  }
})();
