'use strict';
// The floor: rows of racks of slots, drawn on a canvas of the size of what is seen of it, so that a
// hundred thousand nodes scroll as well as sixteen do.

/** Where each node stands, in units of one slot; null if the run knows no rack. */
function floorLayout(nodes) {
  const rows = new Map();
  let known = false;
  for (let i = 0; i < nodes.count; ++i) {
    const rack = nodes.rack.at(i);
    if (rack && rack !== '-') known = true;
    const row = nodes.row.at(i);
    if (!rows.has(row)) rows.set(row, new Map());
    const racks = rows.get(row);
    if (!racks.has(rack)) racks.set(rack, []);
    racks.get(rack).push(i);
  }
  if (!known) return null;
  const order = new Intl.Collator('en', {numeric: true}).compare;
  const slot = (i) => nodes.slot.at(i);
  return [...rows.entries()].sort((a, b) => order(a[0], b[0])).map(([row, racks]) => ({
    name: row,
    racks: [...racks.entries()].sort((a, b) => order(a[0], b[0])).map(([rack, members]) => ({
      name: rack,
      nodes: members.sort((a, b) => order(slot(a), slot(b)) || a - b),
    })),
  }));
}

/** Racks as boxes for slots of `size` pixels on a sheet `width` wide. */
function placeRacks(rows, size, width) {
  const gap = size >= 6 ? 2 : size >= 3 ? 1 : 0;
  const labels = size >= 12;
  const tall = 24;
  const boxes = [];
  let x = 0;
  let y = 0;
  let lineHeight = 0;
  const between = Math.max(2, Math.round(size * 0.6));
  for (const row of rows) {
    const named = row.name && row.name !== '-';
    const head = named && size >= 5 ? 16 : 0;
    // Racks of a row stay together; a row that is wider than the sheet goes on below.
    const most = Math.max(...row.racks.map((rack) => rack.nodes.length));
    const perColumn = Math.min(most, tall);
    const columns = Math.ceil(most / perColumn);
    const rackWidth = columns * (size * 1.5 + gap) + between;
    const rackHeight = perColumn * (size + gap) + (labels ? 15 : 0) + between + head;
    const rowWidth = rackWidth * row.racks.length;
    if (x > 0 && x + rowWidth > width) {
      x = 0;
      y += lineHeight + between;
      lineHeight = 0;
    }
    let first = true;
    for (const rack of row.racks) {
      if (x > 0 && x + rackWidth > width) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      boxes.push({rack, row, x, y: y + head, perColumn, size, gap, labels,
                  width: rackWidth - between, rowLabel: first && head ? row.name : null,
                  height: perColumn * (size + gap)});
      first = false;
      x += rackWidth;
      lineHeight = Math.max(lineHeight, rackHeight);
    }
    if (named) x += between * 2;
  }
  return {boxes, height: y + lineHeight + 4};
}

function slotRect(box, k) {
  const column = Math.floor(k / box.perColumn);
  const at = k % box.perColumn;
  return {x: box.x + column * (box.size * 1.5 + box.gap), y: box.y + at * (box.size + box.gap),
          w: box.size * 1.5, h: box.size};
}

/** From better (blue) through like its cohort (quiet) to worse (orange): three colours as rgb. */
function mixed(share, low, middle, high) {
  const [a, b, s] = share < 0 ? [middle, low, Math.min(1, -share)] : [middle, high,
                                                                     Math.min(1, share)];
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * s)).join(',')})`;
}

function rgb(text) {
  const hex = text.replace('#', '');
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** What colours a node: its verdict, or by how much a metric is worse than its cohort's median. */
function colouring(choice, which) {
  const nodes = Data.allNodes();
  if (choice === 'verdict') {
    const colours = VERDICTS.map((verdict) => Theme.colour('cell-' + verdict));
    return {of: (node) => colours[nodes.verdict[node]], text: () => ''};
  }
  const m = Data.metric(Number(choice));
  const deviation = (node) => {
    const value = Data.nodeValue(m, node, which);
    return Data.worse(m, m.cohorts[m.nodes.cohort[node]], value);
  };
  const sizes = [];
  const step = Math.max(1, Math.floor(nodes.count / 5000));
  for (let i = 0; i < nodes.count; i += step) {
    const d = Math.abs(deviation(i));
    if (Number.isFinite(d)) sizes.push(d);
  }
  sizes.sort((a, b) => a - b);
  const usual = sizes[Math.floor(sizes.length * 0.99)] || 0;
  const limit = Math.max(usual, m.min_effect || 0, m.is_temperature ? 1 : 0.001);
  const [low, middle, high] = ['better', 'like', 'worse'].map((name) => rgb(Theme.colour(name)));
  const none = Theme.colour('none');
  return {
    limit, metric: m,
    of: (node) => {
      const d = deviation(node);
      return Number.isFinite(d) ? mixed(d / limit, low, middle, high) : none;
    },
    text: (node) => {
      const value = Data.nodeValue(m, node, which);
      if (!Number.isFinite(value)) return m.name + ': no value';
      return `${m.name}: ${Format.value(value, m.unit)} (${Format.deviation(m, deviation(node))})`;
    },
  };
}

class FloorMap {
  constructor() {
    this.nodes = Data.allNodes();
    this.rows = floorLayout(this.nodes);
    this.hasPlaces = this.rows !== null;
    if (!this.hasPlaces) {
      const all = Array.from({length: this.nodes.count}, (_, i) => i);
      const rack = [];
      for (let i = 0; i < all.length; i += 8) rack.push({name: '', nodes: all.slice(i, i + 8)});
      this.rows = [{name: '-', racks: rack}];
    }
    this.choice = 'verdict';
    this.which = 'worst';
    this.zoom = 0;
    this.selected = -1;
    this.make();
  }

  make() {
    this.canvas = el('canvas', {class: 'floor-canvas'});
    this.sheet = el('div', {class: 'floor-sheet'}, this.canvas);
    this.view = el('div', {
      class: 'floor-view', tabindex: '0', role: 'application',
      'aria-label': 'Floor map. Arrow keys go from node to node, Enter opens one, plus and minus zoom.',
    }, this.sheet);
    this.tip = el('div', {class: 'tip', hidden: true});
    this.legend = el('div', {class: 'legend'});
    const metrics = Data.names().map((name, i) => [String(i), name])
        .filter(([i]) => isOfNodes(Number(i)));
    this.controls = el('div', {class: 'controls'},
        select('Colour by', [['verdict', 'verdict'], ...metrics], 'verdict', (value) => {
          this.choice = value;
          this.draw();
        }),
        select('of the node', [['worst', 'worst device'], ['median', 'median of its devices']],
               'worst', (value) => { this.which = value; this.draw(); }),
        el('span', {class: 'buttons'},
           el('button', {type: 'button', onclick: () => this.zoomBy(1), 'aria-label': 'Zoom in'}, '+'),
           el('button', {type: 'button', onclick: () => this.zoomBy(-1), 'aria-label': 'Zoom out'},
              '−'),
           el('button', {type: 'button', onclick: () => { this.zoom = 0; this.draw(); }}, 'Fit')));
    this.element = el('div', {class: 'floor'},
        this.hasPlaces ? null : el('p', {class: 'note'},
            'The run does not say where its nodes stand (no rack is named): they are drawn in the ' +
            'run’s order. A fleet file gives them rows, racks and slots.'),
        this.controls, this.legend, el('div', {class: 'floor-frame'}, this.view, this.tip));
    this.view.addEventListener('scroll', () => this.paint());
    this.view.addEventListener('mousemove', (event) => this.point(event));
    this.view.addEventListener('mouseleave', () => { this.tip.hidden = true; });
    this.view.addEventListener('click', (event) => {
      const node = this.nodeAt(event);
      if (node >= 0) location.hash = nodeAddress(node);
    });
    this.view.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.view);
    requestAnimationFrame(() => Theme.keep(this.element, () => this.draw()));
  }

  fitSize(width) {
    const most = document.documentElement.classList.contains('printing') ? 900 : 520;
    for (let size = 34; size > 2; --size) {
      if (placeRacks(this.rows, size, width).height <= most) return size;
    }
    return 2;
  }

  draw() {
    const width = this.view.clientWidth;
    if (width === 0) return;
    if (this.fit !== width || this.printing !== isPrinting()) {
      this.fit = width;
      this.printing = isPrinting();
      this.fitted = this.fitSize(width - 8);
    }
    const size = Math.max(1, Math.round(this.fitted * Math.pow(1.5, this.zoom)));
    this.placed = placeRacks(this.rows, size, width - 8);
    this.sheet.style.height = this.placed.height + 'px';
    this.view.style.height = Math.min(this.placed.height + 8, isPrinting() ? 900 : 620) + 'px';
    this.colours = colouring(this.choice, this.which);
    this.where = null;
    this.explain();
    this.paint();
  }

  paint() {
    const width = this.view.clientWidth;
    const height = this.view.clientHeight;
    const ratio = Math.max(isPrinting() ? 2 : 1, window.devicePixelRatio || 1);
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.width = width + 'px';
    this.canvas.style.height = height + 'px';
    const to = this.canvas.getContext('2d');
    to.scale(ratio, ratio);
    to.clearRect(0, 0, width, height);
    to.translate(4, 4 - this.view.scrollTop);
    const quiet = Theme.colour('quiet');
    const text = Theme.colour('text');
    const frame = Theme.colour('line');
    const low = this.view.scrollTop - 40;
    const high = low + height + 80;
    to.font = '11px system-ui, sans-serif';
    for (const box of this.placed.boxes) {
      if (box.y + box.height < low || box.y > high) continue;
      if (box.rowLabel) {
        to.fillStyle = quiet;
        to.fillText('row ' + box.rowLabel, box.x, box.y - 5, 400);
      }
      if (box.labels && this.hasPlaces) {
        to.fillStyle = quiet;
        to.fillText(box.rack.name, box.x, box.y + box.height + 11, box.width);
      }
      box.rack.nodes.forEach((node, k) => this.paintSlot(to, box, k, node));
      if (box.size >= 6 && this.hasPlaces) {
        to.strokeStyle = frame;
        to.lineWidth = 1;
        to.strokeRect(box.x - 1.5, box.y - 1.5, box.width + 1, box.height + 1);
      }
    }
    if (this.selected >= 0) {
      const rect = this.rectOf(this.selected);
      if (rect) {
        to.strokeStyle = text;
        to.lineWidth = 2;
        to.strokeRect(rect.x - 2, rect.y - 2, rect.w + 4, rect.h + 4);
      }
    }
  }

  /** One node: its colour, and a sign for its verdict that needs none. */
  paintSlot(to, box, k, node) {
    const r = slotRect(box, k);
    const verdict = VERDICTS[this.nodes.verdict[node]];
    to.fillStyle = this.colours.of(node);
    to.fillRect(r.x, r.y, r.w, r.h);
    if (verdict === 'pass') return;
    const byVerdict = this.choice === 'verdict';
    if (box.size < 7) {
      if (byVerdict) to.fillRect(r.x - 0.5, r.y - 0.5, r.w + 1, r.h + 1);
      return;
    }
    to.strokeStyle = to.fillStyle = byVerdict ? Theme.colour('on-' + verdict) : Theme.colour('text');
    to.lineWidth = Math.max(1.5, r.h / 8);
    const cx = r.x + r.w / 2;
    const cy = r.y + r.h / 2;
    const s = r.h * 0.28;
    to.beginPath();
    if (verdict === 'fail') {
      to.moveTo(cx - s, cy - s);
      to.lineTo(cx + s, cy + s);
      to.moveTo(cx + s, cy - s);
      to.lineTo(cx - s, cy + s);
      to.stroke();
    } else if (verdict === 'watch') {
      to.moveTo(cx, cy - s * 1.2);
      to.lineTo(cx, cy + s * 0.3);
      to.stroke();
      to.fillRect(cx - to.lineWidth / 2, cy + s * 0.75, to.lineWidth, to.lineWidth);
    } else {
      to.font = `bold ${Math.round(r.h * 0.85)}px system-ui, sans-serif`;
      to.textAlign = 'center';
      to.textBaseline = 'middle';
      to.fillText('?', cx, cy + 1);
      to.textAlign = 'start';
      to.textBaseline = 'alphabetic';
      to.font = '11px system-ui, sans-serif';
    }
  }

  explain() {
    refill(this.legend);
    if (this.choice === 'verdict') {
      for (const v of WORST_FIRST) {
        const verdict = VERDICTS[v];
        const n = Data.block('run').summary[verdict];
        put(this.legend, el('span', {class: 'key'},
            el('span', {class: 'swatch cell ' + verdict, 'aria-hidden': 'true'},
               verdict === 'pass' ? '' : VERDICT_SIGNS[verdict]),
            `${VERDICT_WORDS[verdict]} ${Format.count(n)}`));
      }
      return;
    }
    const {limit, metric} = this.colours;
    const text = metric.is_temperature ? limit.toFixed(1) + ' K' : (100 * limit).toPrecision(2) + ' %';
    put(this.legend, el('span', {class: 'key'}, text + ' better or more'),
        el('span', {class: 'ramp', 'aria-hidden': 'true'}),
        el('span', {class: 'key'}, text + ' worse or more, than the median of its cohort'),
        el('span', {class: 'key'}, el('span', {class: 'swatch empty', 'aria-hidden': 'true'}),
           'no value'),
        el('span', {class: 'key'}, '✗ ! ? mark what did not pass'));
  }

  places() {
    if (!this.where) {
      this.where = new Map();
      for (const box of this.placed.boxes) {
        box.rack.nodes.forEach((node, k) => this.where.set(node, [box, k]));
      }
    }
    return this.where;
  }

  rectOf(node) {
    const place = this.places().get(node);
    return place ? slotRect(place[0], place[1]) : null;
  }

  nodeAt(event) {
    const bounds = this.view.getBoundingClientRect();
    const x = event.clientX - bounds.left - 4;
    const y = event.clientY - bounds.top - 4 + this.view.scrollTop;
    for (const box of this.placed.boxes) {
      if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height) continue;
      const column = Math.floor((x - box.x) / (box.size * 1.5 + box.gap));
      const k = column * box.perColumn + Math.floor((y - box.y) / (box.size + box.gap));
      if (k < box.rack.nodes.length) return box.rack.nodes[k];
    }
    return -1;
  }

  describe(node) {
    const verdict = VERDICTS[this.nodes.verdict[node]];
    const place = placeText(node);
    const measured = this.colours.text(node);
    return `${this.nodes.name[node]}: ${VERDICT_WORDS[verdict]}` + (place ? ` · ${place}` : '') +
        (measured ? ` · ${measured}` : '');
  }

  point(event) {
    const node = this.nodeAt(event);
    this.view.style.cursor = node >= 0 ? 'pointer' : 'default';
    if (node < 0) { this.tip.hidden = true; return; }
    this.showTip(node, event.clientX, event.clientY);
  }

  showTip(node, clientX, clientY) {
    const bounds = this.view.getBoundingClientRect();
    this.tip.textContent = this.describe(node);
    this.tip.hidden = false;
    const x = Math.min(clientX - bounds.left + 14, bounds.width - this.tip.offsetWidth - 4);
    this.tip.style.left = Math.max(0, x) + 'px';
    this.tip.style.top = clientY - bounds.top + 16 + 'px';
  }

  key(event) {
    const steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    if (event.key in steps) {
      event.preventDefault();
      this.select(this.selected < 0 ? this.placed.boxes[0].rack.nodes[0]
                                    : this.neighbour(...steps[event.key]));
    } else if (event.key === 'Enter' && this.selected >= 0) {
      location.hash = nodeAddress(this.selected);
    } else if (event.key === '+' || event.key === '=') {
      this.zoomBy(1);
    } else if (event.key === '-') {
      this.zoomBy(-1);
    } else if (event.key === 'Escape') {
      this.select(-1);
    }
  }

  neighbour(dx, dy) {
    const from = this.rectOf(this.selected);
    let best = this.selected;
    let least = Infinity;
    for (const [node, [box, k]] of this.places()) {
      const r = slotRect(box, k);
      const ahead = dx * (r.x - from.x) + dy * (r.y - from.y);
      const aside = Math.abs(dx ? r.y - from.y : r.x - from.x);
      if (ahead <= 0.5) continue;
      const far = ahead + 4 * aside;
      if (far < least) { least = far; best = node; }
    }
    return best;
  }

  select(node) {
    this.selected = node;
    if (node < 0) { this.tip.hidden = true; this.paint(); return; }
    const r = this.rectOf(node);
    if (r.y < this.view.scrollTop) this.view.scrollTop = r.y - 20;
    if (r.y + r.h > this.view.scrollTop + this.view.clientHeight - 20) {
      this.view.scrollTop = r.y + r.h - this.view.clientHeight + 30;
    }
    this.paint();
    announce(this.describe(node));
    const bounds = this.view.getBoundingClientRect();
    this.showTip(node, bounds.left + r.x + r.w, bounds.top + r.y + r.h - this.view.scrollTop);
  }

  zoomBy(step) {
    this.zoom = Math.max(0, Math.min(8, this.zoom + step));
    this.draw();
    if (this.selected >= 0) this.select(this.selected);
  }
}

function isPrinting() { return document.documentElement.classList.contains('printing'); }

/** True of metrics that a node has values of, and not a pair of nodes or a group. */
function isOfNodes(i) { return ['device', 'node'].includes(Data.summaries()[i].scope); }
