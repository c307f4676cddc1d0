// Amounts in 元, 万元 or 亿元, as this browser's user likes. Digits are moved as text: no rounding by
// binary numbers.
(function () {
  "use strict";

  var KEPT = "wenxiao.money";
  var UNITS = { "元": { shift: 0, places: 2 }, "万元": { shift: 4, places: 2 }, "亿元": { shift: 8, places: 4 } };

  function chosen() {
    var unit = localStorage.getItem(KEPT);
    return UNITS[unit] ? unit : "万元";
  }

  // Half-up on the absolute value, like shared/money.py.
  function format(yuan, shift, places) {
    var negative = yuan.charAt(0) === "-";
    var parts = yuan.replace("-", "").split(".");
    var fen = BigInt(parts[0] + ((parts[1] || "") + "00").slice(0, 2));
    var drop = 2 + shift - places;
    var power = BigInt(10) ** BigInt(drop);
    var half = drop > 0 ? power / BigInt(2) : BigInt(0);
    var digits = ((fen + half) / power).toString();
    while (digits.length <= places) { digits = "0" + digits; }
    var whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
    return (negative && /[1-9]/.test(digits) ? "-" : "") + whole + "." + digits.slice(-places);
  }

  function show(root) {
    var unit = chosen();
    Array.prototype.forEach.call(root.querySelectorAll("[data-yuan]"), function (money) {
      money.querySelector("[data-amount]").textContent = format(money.dataset.yuan, UNITS[unit].shift, UNITS[unit].places);
    });
    Array.prototype.forEach.call(root.querySelectorAll("[data-unit]"), function (place) { place.textContent = unit; });
    Array.prototype.forEach.call(document.querySelectorAll("[data-money-unit]"), function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.moneyUnit === unit));
    });
  }

  var control = document.querySelector("[data-money-switch]");
  if (control && document.querySelector("[data-yuan]")) { control.hidden = false; }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-money-unit]");
    if (!button) { return; }
    localStorage.setItem(KEPT, button.dataset.moneyUnit);
    show(document);
  });
  show(document);
  document.addEventListener("htmx:load", function (event) { show(event.target.parentElement || document); });
  window.wenxiaoAmounts = { format: format };
})();
