// Draws each [data-chart] with ECharts from the JSON beside it. Canvas and rich-text tooltips only:
// the content security policy refuses styles written into markup.
(function () {
  "use strict";

  var FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  var THEME = {
    color: ["#2c6fc4", "#2a9d55", "#e0a100", "#d6342a", "#7d6bc4", "#3aa5b8", "#8b97a5"],
    textStyle: { fontFamily: FONT, color: "#3b4756" },
    categoryAxis: { axisLine: { lineStyle: { color: "#c3ccd6" } }, axisTick: { show: false }, axisLabel: { color: "#55606e" } },
    valueAxis: { splitLine: { lineStyle: { color: "#e9edf2" } }, axisLabel: { color: "#55606e" } },
    funnel: { label: { color: "#fff" } },
    legend: { textStyle: { color: "#3b4756" } }
  };
  var source = document.querySelector('script[src*="echarts.min.js"]');
  var drawn = [];

  // Few categories: every name is shown, broken into lines where it must be.
  function fitLabels(axis, width) {
    if (!axis || axis.type !== "category" || !axis.data || axis.data.length > 12) { return; }
    var each = Math.floor((width - 70) / axis.data.length) - 6;
    axis.axisLabel = Object.assign({ interval: 0, overflow: "break", width: Math.max(each, 24) }, axis.axisLabel);
  }

  function draw(figure) {
    if (figure.dataset.drawn) { return; }
    figure.dataset.drawn = "yes";
    var content = JSON.parse(document.getElementById(figure.dataset.chart + "-option").textContent);
    var canvas = figure.querySelector("[data-chart-canvas]");
    var option = Object.assign({ animation: false, grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true } }, content.option);
    option.tooltip = Object.assign({ confine: true }, option.tooltip, { renderMode: "richText" });
    fitLabels(option.xAxis, canvas.clientWidth);
    var chart = window.echarts.init(canvas, THEME, { renderer: "canvas" });
    chart.setOption(option);
    chart.on("click", function (point) {
      var href = content.links[point.name] || content.links[point.seriesName];
      if (href) { window.location.assign(href); }
    });
    drawn.push(chart);
  }

  function prepare(root) {
    Array.prototype.forEach.call(root.querySelectorAll("[data-chart]"), draw);
  }

  // ECharts is a megabyte: only pages that have a chart fetch it.
  function load(root) {
    if (!root.querySelector("[data-chart]")) { return; }
    if (window.echarts) { prepare(root); return; }
    if (!source) {
      source = document.createElement("script");
      source.src = document.querySelector('meta[name="echarts"]').content;
      document.head.appendChild(source);
    }
    source.addEventListener("load", function () { prepare(document); });
  }

  load(document);
  document.addEventListener("htmx:load", function (event) { load(event.target.parentElement || document); });
  window.addEventListener("resize", function () { drawn.forEach(function (chart) { chart.resize(); }); });
})();
