'use strict';
// What every page has: sections that are drawn when they are first opened, contents, light and dark,
// light colours and open sections for paper, the licences.

const Page = (() => {
  const sections = new Map();

  function open(id) {
    const {details, draw} = sections.get(id);
    details.open = true;
    draw();
  }

  /** Opens a section and goes there; false if there is none of this address. */
  function show(id) {
    if (!sections.has(id)) return false;
    open(id);
    const {details} = sections.get(id);
    details.scrollIntoView();
    details.querySelector('summary').focus({preventScroll: true});
    return true;
  }

  function contents(list) {
    const theme = el('button', {type: 'button', id: 'theme', onclick: () => {
      Theme.choose(Theme.isDark() ? 'light' : 'dark');
      announce(Theme.isDark() ? 'Dark colours' : 'Light colours');
    }}, 'Light / dark');
    put(document.getElementById('contents'), el('div', {class: 'inner'}, list, theme,
        el('button', {type: 'button', onclick: () => print()}, 'Print')));
  }

  /** Each section: address, title, what draws it, whether it is open at first, its name among the
      contents. */
  function build(all, main) {
    const list = el('ul');
    for (const [id, title, drawBody, isOpen, short] of all) {
      const body = el('div', {class: 'body'});
      const details = el('details', {class: 'section', id, open: isOpen},
          el('summary', {}, el('h2', {}, title)), body);
      let drawn = false;
      const draw = () => {
        if (drawn) return;
        drawn = true;
        drawBody(body);
      };
      details.addEventListener('toggle', () => { if (details.open) draw(); });
      sections.set(id, {details, draw});
      main.append(details);
      list.append(el('li', {}, el('a', {href: '#' + id}, short)));
    }
    contents(list);
    for (const [id, , , isOpen] of all) if (isOpen) sections.get(id).draw();
  }

  let openedForPaper = [];

  function beforePrint(selector) {
    document.documentElement.classList.add('printing');
    for (const details of document.querySelectorAll(selector)) {
      if (details.open) continue;
      openedForPaper.push(details);
      details.open = true;
      if (sections.has(details.id)) sections.get(details.id).draw();
    }
    Chart.flush();
    Theme.redraw();
  }

  function afterPrint() {
    document.documentElement.classList.remove('printing');
    for (const details of openedForPaper) details.open = false;
    openedForPaper = [];
    Theme.redraw();
  }

  /** The page is built; `onPaper()` names what is open on paper. */
  function ready(onPaper = () => 'details.section') {
    window.addEventListener('beforeprint', () => beforePrint(onPaper()));
    window.addEventListener('afterprint', afterPrint);
    document.documentElement.setAttribute('data-ready', 'yes');
  }

  function licences() {
    return [el('h3', {}, 'Apache ECharts, which draws the curves'),
            Blocks.block('licences').map((each) => el('details', {class: 'more'},
                el('summary', {}, each.name), el('pre', {tabindex: '0'}, each.text)))];
  }

  return {build, show, ready, licences};
})();
