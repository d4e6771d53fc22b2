'use strict';
// Elements are made of names and texts, never of markup: what comes from a run is only ever text.

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

/** A text from a run; its direction does not change what stands beside it. */
function told(text) { return el('bdi', {}, text); }

function nodeLink(node, text) {
  const name = Data.allNodes().name[node];
  return el('a', {href: nodeAddress(node), class: 'node-link'}, told(text || name));
}

function nodeAddress(node) { return '#node-' + node; }

/** "row A, rack r012, slot 3", as far as it is known. */
function placeText(node) {
  const nodes = Data.allNodes();
  const parts = [];
  for (const what of ['row', 'rack', 'slot']) {
    const text = nodes[what].at(node);
    if (text && text !== '-') parts.push(what + ' ' + text);
  }
  return parts.join(', ');
}

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
