// Opens an HTML report in Debian's chromium and does what a person would: page_test.mjs TEST
// REPORT.html FOLDER. Prints what it saw as JSON; exit status 1 if anything is not as it must be.
// No request may leave the page and nothing may stand on its console.

import assert from 'node:assert/strict';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const [test, report, folder] = process.argv.slice(2);
const DESKTOP = {width: 1280, height: 900};
const PHONE = {width: 390, height: 844};

async function withPage(options, action) {
  const browser = await chromium.launch({
    executablePath: process.env.RACKPROOF_CHROMIUM || '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const context = await browser.newContext({viewport: DESKTOP, ...options});
    const page = await context.newPage();
    const trouble = [];
    page.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => trouble.push(`error: ${error.stack}`));
    page.on('dialog', (dialog) => { trouble.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    const requests = [];
    page.on('request', (request) => requests.push(request.url()));
    const began = performance.now();
    const url = pathToFileURL(report).href;
    await page.goto(url, {waitUntil: 'load', timeout: 240_000});
    await page.waitForSelector('html[data-ready="yes"]', {timeout: 240_000});
    const opened_s = (performance.now() - began) / 1000;
    const seen = await action(page, {opened_s});
    assert.deepEqual(trouble, [], 'the console');
    assert.deepEqual(requests.filter((each) => each.split('#')[0] !== url), [], 'requests');
    return {opened_s, ...seen};
  } finally {
    await browser.close();
  }
}

const names = (page) => page.locator('#node-table tbody tr td:nth-child(2)').allTextContents();
const open = async (page, id) => {
  await page.evaluate((to) => { location.hash = to; }, id);
  await page.waitForSelector(`#${id}[open] .body > *`);
};
/** True if some pixel of the first canvas in `selector` is drawn. */
const isDrawn = (page, selector) => page.locator(selector).first().evaluate((canvas) => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.some((value, i) => i % 4 === 3 && value !== 0);
});

/** What the text of a run could have made, had it been taken for more. */
const elementsOf = (page) => page.evaluate(() => ({
  scripts: [...document.scripts].filter((s) => s.type !== 'application/json').length,
  foreign: document.querySelectorAll('img, iframe, object, embed, link, base, form, audio, video')
      .length,
  handlers: [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some(
      (a) => a.name.startsWith('on') || /^\s*javascript:/i.test(a.value))).length,
}));

/** What the page says, for the caller to hold against the verdicts. */
async function readReport(page) {
  const tiles = await page.locator('.tile .number').allTextContents();
  return {
    headline: await page.locator('#headline').textContent(),
    counts: tiles.map((text) => Number(text.replace(/\D/g, ''))),
    cards: await page.locator('#todo .card h3').allTextContents(),
    floor: await isDrawn(page, '.floor-canvas'),
  };
}

const TESTS = {
  /** Everything that a person can do, once. */
  everything: () => withPage({}, async (page) => {
    const seen = await readReport(page);
    assert.ok(seen.floor, 'the floor map is drawn');

    await open(page, 'nodes');
    const all = await page.locator('#node-count').textContent();
    const worst = (await names(page))[0];
    await page.fill('#node-search', worst);
    await page.waitForFunction((text) => document.getElementById('node-count').textContent !== text, all);
    const filtered = await names(page);
    assert.ok(filtered.includes(worst) && filtered.every((name) => name.includes(worst)), 'the filter');
    await page.fill('#node-search', '');
    await page.waitForFunction((text) => document.getElementById('node-count').textContent === text, all);

    // By keyboard alone: the button of a column sorts, once more turns it round.
    await page.locator('[data-column="name"]').focus();
    await page.keyboard.press('Enter');
    const up = await names(page);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.column), 'name');
    await page.keyboard.press('Enter');
    const down = await names(page);
    assert.equal(await page.locator('th[aria-sort="descending"]').count(), 1);
    const order = new Intl.Collator('en', {numeric: true}).compare;
    assert.deepEqual(up, [...up].sort(order), 'sorted by name');
    assert.deepEqual(down, [...down].sort(order).reverse(), 'and the other way');
    await page.locator('[data-verdict="pass"]').uncheck();
    const bad = await page.locator('#node-table tbody .badge').allTextContents();
    assert.ok(bad.every((text) => text !== 'PASS'), 'without those that passed');
    await page.locator('[data-verdict="pass"]').check();

    // Click through to a node, and back by Escape.
    await page.locator('#todo .card .node-link').first().click();
    await page.waitForSelector('#node-title');
    seen.node = await page.locator('#node-title bdi').textContent();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'node-title');
    seen.node_findings = await page.locator('.node-page .finding .sentence').allTextContents();
    seen.node_metrics = await page.locator('.node-page .strip').count();
    await page.keyboard.press('Escape');
    await page.waitForSelector('#node', {state: 'hidden'});
    assert.equal(await page.locator('#report').isVisible(), true);

    // On the floor by keyboard: the second node, and Enter opens it.
    await page.locator('.floor-view').focus();
    await page.keyboard.press('ArrowDown');
    const said = await page.locator('#live').textContent();
    assert.match(said, /: (PASS|FAIL|WATCH|NO DATA)/);
    await page.keyboard.press('ArrowDown');
    assert.notEqual(await page.locator('#live').textContent(), said);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#node-title');
    const below = await page.locator('#node-title bdi').textContent();
    assert.ok((await page.locator('#live').textContent()).startsWith(below), 'the node that was said');
    await page.goBack();
    await page.waitForSelector('#node', {state: 'hidden'});
    // And by the mouse, in the colours of a metric.
    await page.locator('#floor select').first().selectOption({index: 1});
    await page.locator('.floor-view').click({position: {x: 12, y: 30}});
    await page.waitForSelector('#node-title');
    await page.keyboard.press('Escape');

    for (const id of ['metrics', 'pairs', 'curves', 'coverage', 'sensitivity', 'notes', 'environment',
                      'about']) {
      await open(page, id);
      assert.ok((await page.locator(`#${id} .body`).textContent()).length > 20, id);
    }
    seen.heat_maps = await page.locator('#pairs .heat').count();
    seen.curves = await page.locator('#curves .chart canvas').count();
    await page.waitForSelector('#metrics .chart canvas');
    assert.ok(await isDrawn(page, '#metrics .chart canvas'), 'the distribution is drawn');
    seen.coverage = await page.locator('#coverage .body > p').first().textContent();
    assert.match(await page.locator('#about').textContent(), /Apache Software Foundation/);
    // As reports/text_format.cpp has it, but for the sign of degrees.
    const written = await page.evaluate(() => [[3.02e12, 'B/s'], [1.2e-6, 's'], [999.6e9, 'FLOP/s'],
        [0, 'W'], [61.5, 'degC'], [7, '1'], [NaN, 'W'], [-2.5e3, 'J']].map(
        ([value, unit]) => Format.value(value, unit)));
    assert.deepEqual(written, ['3.02 TB/s', '1.20 us', '1.00 TFLOP/s', '0 W', '61.5 °C', '7',
                               'no value', '-2.50 kJ']);
    seen.wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(seen.wide, false, 'nothing is wider than the window');
    return seen;
  }),

  /** Dark and light, phone and paper; pictures of all go into the folder. */
  looks: async () => {
    const seen = {};
    const backgrounds = {};
    for (const [name, viewport, colorScheme] of [['desktop', DESKTOP, 'light'],
                                                 ['phone', PHONE, 'dark']]) {
      await withPage({colorScheme, viewport, deviceScaleFactor: 1}, async (page) => {
        backgrounds[colorScheme] = await page.evaluate(
            () => getComputedStyle(document.body).backgroundColor);
        for (const id of ['nodes', 'metrics', 'pairs', 'curves', 'coverage', 'sensitivity']) {
          await open(page, id);
        }
        await page.waitForTimeout(300);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
                     false, `${name}: nothing is wider than the window`);
        await page.evaluate(() => window.scrollTo(0, 0));
        await page.screenshot({path: `${folder}/${name}-${colorScheme}.png`, fullPage: true});
        const node = page.locator('#todo .card .node-link').first();
        if (await node.count() === 0) return {};
        await node.click();
        await page.waitForSelector('#node-title');
        await page.waitForTimeout(300);
        await page.screenshot({path: `${folder}/node-${name}-${colorScheme}.png`, fullPage: true});
        return {};
      });
    }
    assert.notEqual(backgrounds.light, backgrounds.dark, 'dark is not light');
    await withPage({colorScheme: 'dark'}, async (page) => {
      await page.pdf({path: `${folder}/report.pdf`, preferCSSPageSize: true, printBackground: false});
      assert.equal(await page.locator('details.section[open]').count(), 2, 'closed again after paper');
      return {};
    });
    return seen;
  },

  /** Earlier nights on the page of the worst node; the metrics that have no room, when asked for. */
  history: () => withPage({}, async (page) => {
    await page.locator('#todo .card .node-link').first().click();
    await page.waitForSelector('#node-title');
    const section = page.locator('.node-page section', {hasText: 'Earlier nights'}).last();
    const charts = section.locator('.chart');
    await charts.first().locator('canvas').waitFor();
    const seen = {node: await page.locator('#node-title bdi').textContent(), at_once: await charts.count()};
    const more = section.locator('details summary');
    if (await more.count() > 0) {
      await more.click();
      await section.locator('details .chart canvas').last().waitFor();
    }
    seen.all = await charts.count();
    seen.labels = await charts.evaluateAll((boxes) => boxes.map((box) => box.getAttribute('aria-label')));
    assert.ok(await isDrawn(page, '.node-page .chart canvas'), 'the nights are drawn');
    await page.screenshot({path: `${folder}/node-history.png`, fullPage: true});
    const passed = await page.evaluate(() => [...Data.allNodes().verdict].indexOf(0));
    await page.evaluate((to) => { location.hash = to; }, 'node-' + passed);
    await page.waitForFunction((n) => document.title.startsWith(Data.allNodes().name[n]), passed);
    seen.of_passed = await page.locator('.node-page').innerText();
    return seen;
  }),

  /** How fast a fleet opens and answers. */
  speed: () => withPage({}, async (page, {opened_s}) => {
    const seen = {...await readReport(page), opened_s};
    const began = performance.now();
    await open(page, 'nodes');
    seen.nodes_s = (performance.now() - began) / 1000;
    await page.locator('#todo .card .node-link').first().click();
    await page.waitForSelector('#node-title');
    seen.node_s = (performance.now() - began) / 1000 - seen.nodes_s;
    seen.heap_mb = await page.evaluate(() => performance.memory
        ? Math.round(performance.memory.usedJSHeapSize / 1e6) : null);
    return seen;
  }),

  /** Texts of a run that would like to be more: every one is text, none is an element. */
  hostile: () => withPage({}, async (page) => {
    for (const id of ['nodes', 'metrics', 'pairs', 'curves', 'coverage', 'sensitivity', 'notes',
                      'environment', 'about']) {
      await open(page, id);
    }
    const seen = {nodes: await names(page), pages: []};
    const count = await page.evaluate(() => Data.allNodes().count);
    for (let i = 0; i < count; ++i) {
      await page.evaluate((to) => { location.hash = to; }, 'node-' + i);
      await page.waitForFunction((n) => document.title.startsWith(Data.allNodes().name[n]), i);
      seen.pages.push(await page.locator('#node-title bdi').textContent());
    }
    seen.elements = await elementsOf(page);
    return seen;
  }),

  /** Runs held against each other: every section, sorted by mouse and by keyboard, on paper too. */
  comparison: () => withPage({}, async (page) => {
    for (const section of await page.locator('main details').all()) {
      if (await section.getAttribute('open') === null) await section.locator('summary').click();
      await section.locator('.body > *').first().waitFor();
    }
    const metrics = () => page.locator('table.compared tbody tr td:first-child').allTextContents();
    const seen = {headline: await page.locator('#headline').textContent(), sorted: [await metrics()]};
    await page.locator('table.compared th button', {hasText: 'Metric'}).click();
    seen.sorted.push(await metrics());
    await page.keyboard.press('Enter');
    seen.sorted.push(await metrics());
    seen.drawn = await isDrawn(page, 'canvas');
    seen.refused = await page.locator('main').innerText();
    seen.elements = await elementsOf(page);
    await page.screenshot({path: `${folder}/comparison.png`, fullPage: true});
    await page.pdf({path: `${folder}/comparison.pdf`, format: 'A4'});
    return seen;
  }),
};

try {
  console.log(JSON.stringify(await TESTS[test]()));
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
}
