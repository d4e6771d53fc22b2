'use strict';
// Charts by Apache ECharts, and what else is drawn on a canvas: drawn anew when the colours or the
// width change, in light colours for paper.

const Theme = (() => {
  const drawn = new Set();

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  }

  /** Draws now, and again whenever the colours change, as long as `element` is in the page. */
  function keep(element, draw) {
    const entry = {element, draw};
    drawn.add(entry);
    draw();
    return entry;
  }

  function redraw() {
    for (const entry of drawn) {
      if (entry.element.isConnected) entry.draw();
      else drawn.delete(entry);
    }
  }

  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', redraw);

  /** null: as the system has it. */
  function choose(theme) {
    if (theme) document.documentElement.setAttribute('data-theme', theme);
    else document.documentElement.removeAttribute('data-theme');
    redraw();
  }

  function isDark() {
    const chosen = document.documentElement.getAttribute('data-theme');
    return chosen ? chosen === 'dark' : dark.matches;
  }

  return {colour, keep, redraw, choose, isDark};
})();

const Chart = (() => {
  const sizes = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const chart = echarts.getInstanceByDom(entry.target);
      if (!chart) continue;
      if (entry.target.isConnected) chart.resize();
      else { chart.dispose(); sizes.unobserve(entry.target); }
    }
  });

  function base() {
    const text = Theme.colour('text');
    const quiet = Theme.colour('quiet');
    const line = Theme.colour('line');
    const axis = {
      axisLine: {lineStyle: {color: line}}, axisTick: {lineStyle: {color: line}},
      axisLabel: {color: quiet, fontSize: 12, hideOverlap: true},
      splitLine: {lineStyle: {color: line, opacity: 0.6}},
      nameTextStyle: {color: quiet, fontSize: 12},
    };
    return {text, quiet, line, axis};
  }

  let pending = [];
  /** Draws what was put into the page since. */
  function flush() {
    const ready = pending.filter(([box]) => box.isConnected);
    pending = [];
    for (const [box, draw] of ready) Theme.keep(box, draw);
  }

  /** A figure of this height; `option(colours)` says what is in it, `label` what that shows. */
  function figure(height, label, option) {
    const box = el('div', {class: 'chart', role: 'img', 'aria-label': label});
    box.style.height = height + 'px';
    const draw = () => {
      if (box.clientWidth === 0) return;
      let chart = echarts.getInstanceByDom(box);
      if (!chart) {
        chart = echarts.init(box, null, {renderer: 'canvas', devicePixelRatio: Math.max(
            2, window.devicePixelRatio || 1)});
        sizes.observe(box);
      }
      chart.resize();
      const colours = base();
      chart.setOption({
        animation: false, backgroundColor: 'transparent', textStyle: {
          fontFamily: 'system-ui, sans-serif', color: colours.text},
        ...option(colours),
      }, true);
    };
    pending.push([box, draw]);
    requestAnimationFrame(flush);
    return box;
  }

  function tooltip(colours, formatter, trigger = 'item') {
    return {trigger, renderMode: 'richText', confine: true, formatter,
            backgroundColor: Theme.colour('raised'), borderColor: colours.line,
            textStyle: {color: colours.text, fontSize: 12}};
  }

  return {figure, tooltip, flush};
})();
