import {chromium} from 'playwright-core';
const [file, out, ...steps] = process.argv.slice(2);
const b = await chromium.launch({executablePath:'/usr/bin/chromium', args:['--no-sandbox']});
for (const s of steps) { // name:scheme:w:h:hash:selector
  const [name, scheme, w, h, hash, sel] = s.split(':');
  const c = await b.newContext({viewport:{width:+w,height:+h}, colorScheme: scheme});
  const p = await c.newPage();
  p.on('console', m=>console.log(m.text())); p.on('pageerror', e=>console.log(e.stack));
  await p.goto('file://'+file+(hash?'#'+hash:'')); await p.waitForSelector('html[data-ready]');
  if (sel) await p.locator(sel).first().scrollIntoViewIfNeeded();
  await p.waitForTimeout(600);
  await p.screenshot({path: `${out}/${name}.png`});
  await c.close();
}
await b.close();
