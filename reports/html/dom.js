'use strict';
// Elements are made of names and texts, never of markup: what comes from a run is only ever text.

const VERDICTS = ['pass', 'watch', 'no_data', 'fail'];
const VERDICT_WORDS = {pass: 'PASS', watch: 'WATCH', no_data: 'NO DATA', fail: 'FAIL'};
const VERDICT_SIGNS = {pass: '✓', watch: '!', no_data: '?', fail: '✗'};
const WORST_FIRST = [3, 2, 1, 0];

/** el('p', {class: 'note', onclick: f}, 'text', child, null): an element. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  put(element, ...children);
  return element;
}

function put(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

function refill(element, ...children) {
  element.replaceChildren();
  return put(element, ...children);
}

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  for (const child of children) element.append(child);
  return element;
}

/** A verdict as sign and word, so that colour is never needed. */
function badge(verdict) {
  return el('span', {class: 'badge ' + verdict},
            el('span', {class: 'sign ' + verdict, 'aria-hidden': 'true'}), VERDICT_WORDS[verdict]);
}

/** How many have which verdict, as a bar. */
function proportions(counts) {
  const bar = el('div', {class: 'proportions', 'aria-hidden': 'true'});
  for (const v of WORST_FIRST) {
    const verdict = VERDICTS[v];
    if (counts[verdict] === 0) continue;
    const piece = el('span', {class: 'cell ' + verdict});
    piece.style.flexGrow = String(counts[verdict]);
    bar.append(piece);
  }
  return bar;
}

/** A text from a run; its direction does not change what stands beside it. */
function told(text) { return el('bdi', {}, text); }

/** table(['Node', {text: 'Value', number: true}], rows of arrays) */
function table(columns, rows, attributes = {}) {
  const heads = columns.map((column) => typeof column === 'string' ? {text: column} : column);
  const body = el('tbody');
  for (const row of rows) {
    body.append(el('tr', {}, row.map((cell, i) => el(
        'td', {class: heads[i].number ? 'number' : heads[i].class || null}, cell))));
  }
  return el('div', {class: 'scroll', tabindex: '0', role: 'group',
                    'aria-label': attributes.label || 'table'},
            el('table', {}, attributes.caption ? el('caption', {}, attributes.caption) : null,
               el('thead', {}, el('tr', {}, heads.map(
                   (head) => el('th', {scope: 'col', class: head.number ? 'number' : null},
                                head.text)))),
               body));
}

/** The head of a table whose columns, [name, text, ...], are sorted by, but those without a name:
    `state` is {sort, down}, `fallsFirst(name)` says which begin with the most, and `redraw` fills
    `holder` anew. */
function sortHead(columns, state, fallsFirst, redraw, holder) {
  return el('tr', {}, columns.map(([name, text]) => {
    if (name === null) return el('th', {scope: 'col'}, text);
    const sorted = state.sort === name ? (state.down ? 'descending' : 'ascending') : 'none';
    return el('th', {scope: 'col', 'aria-sort': sorted},
        el('button', {type: 'button', class: 'sort', 'data-column': name, onclick: () => {
          state.down = state.sort === name ? !state.down : fallsFirst(name);
          state.sort = name;
          redraw();
          holder.querySelector(`[data-column="${name}"]`).focus();
          announce(`Sorted by ${text}, ${state.down ? 'descending' : 'ascending'}`);
        }}, told(text), el('span', {class: 'arrow', 'aria-hidden': 'true'},
                     sorted === 'none' ? '↕' : state.down ? '↓' : '↑')));
  }));
}

function facts(pairs) {
  const list = el('dl', {class: 'facts'});
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === '') continue;
    list.append(el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  }
  return list;
}

function select(label, options, chosen, onchange) {
  const box = el('select', {onchange: () => onchange(box.value)});
  for (const [value, text] of options) box.append(el('option', {value}, text));
  box.value = chosen;
  return el('label', {class: 'field'}, el('span', {}, label), box);
}

function announce(text) { document.getElementById('live').textContent = text; }

let typing = 0;
/** Calls `action` once nobody has typed for a moment. */
function whenTyped(action) {
  clearTimeout(typing);
  typing = setTimeout(action, 120);
}
