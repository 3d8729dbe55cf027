/** Attacks through a browser that is signed in: pages of others, and texts of others on our own page. Needs Chromium. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM } from '../../support/chromium.ts';
import { Tally, type Attack, type Target } from './attack.ts';
import { ask, client } from './raw.ts';
import { HOSTILE_TEXTS } from './texts.ts';

/** What the runner has to run for them: half of its items fail with what they are told to say. */
export const PROJECT = {
  'jobs.yaml': 'jobs:\n  texts:\n    handler: ./texts.ts\n    discovery: { strategy: manual }\n    breaker: { transient: 100, systemic: 100 }\n    stages: [{ name: say, concurrency: 4 }]\n',
  'texts.ts': `import { Fatal, handler, stage } from 'rivus';\nexport default handler({ stages: { say: stage({ run({ item }) { if (item.fails) throw new Fatal(item.text); return { text: item.text, [item.text.slice(0, 60)]: [item.text] }; } }) } });\n`,
};

async function inBrowser<T>(target: Target, look: (context: BrowserContext, page: Page) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(await target.link());
    await page.locator('.chip.live').waitFor();
    return await look(context, page);
  } finally {
    await browser.close();
  }
}

/** What a page of somebody else tries. Answers by name what came of each; null is nothing. */
const EVIL = (url: string) => `<!doctype html><meta charset=utf-8><body><script>
const tried = {};
const attempt = (name, run) => Promise.race([run(), new Promise((done) => setTimeout(() => done(null), 1500))]).then((got) => (tried[name] = got ?? null), () => (tried[name] = null));
const socket = (address) => new Promise((done) => { const one = new WebSocket(address); one.onmessage = ({ data }) => done(data); one.onerror = one.onclose = () => done(null); });
const post = (mode, type) => fetch('${url}/items', { method: 'POST', mode, credentials: 'include', headers: { 'Content-Type': type }, body: '{"job":"texts","key":"evil-' + mode + type + '"}' }).then((answer) => (answer.ok ? answer.status : null));
const script = (src) => new Promise((done) => { const one = document.createElement('script'); one.src = src; one.onload = () => done('loaded'); one.onerror = () => done(null); document.head.append(one); });
const frame = () => new Promise((done) => { const one = document.createElement('iframe'); one.src = '${url}/'; one.onload = () => { try { done(one.contentDocument?.title || null); } catch { done(null); } }; document.body.append(one); });
const form = () => new Promise((done) => { const one = document.createElement('form'); one.method = 'POST'; one.enctype = 'text/plain'; one.action = '${url}/items'; one.target = 'sink'; const field = document.createElement('input'); field.name = '{"job":"texts","key":"evil-form","x":"'; field.value = '"}'; one.append(field); const sink = document.createElement('iframe'); sink.name = 'sink'; sink.onload = () => done(null); document.body.append(sink, one); one.submit(); });
Promise.all([
  attempt('WebSocket', () => socket('${url.replace('http', 'ws')}/ws')),
  attempt('read the session', () => fetch('${url}/session', { credentials: 'include' }).then(({ status }) => status)),
  attempt('POST /items, JSON', () => post('cors', 'application/json')), attempt('POST /items, simple', () => post('no-cors', 'text/plain')),
  attempt('POST /code', () => fetch('${url}/code', { method: 'POST', credentials: 'include', body: '{}' }).then((answer) => answer.text())),
  attempt('script from it', () => script('${url}/assets/')), attempt('look into a frame', frame), attempt('a form', form),
]).then(() => (window.tried = tried));
</script>`;

export const pages: readonly Attack[] = [
  {
    name: 'a page of another port of this machine, open in the browser that is signed in (its cookie is sent along)',
    quick: 1,
    full: 10,
    async run(target, times) {
      const tally = new Tally();
      const url = `http://127.0.0.1:${target.port}`;
      const evil = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(EVIL(url))).listen(0, '127.0.0.1');
      await once(evil, 'listening');
      const before = await target.state();
      await inBrowser(target, async (context) => {
        for (let n = 0; n < times; n++) {
          const page = await context.newPage();
          await page.goto(`http://${n % 2 === 0 ? '127.0.0.1' : 'localhost'}:${(evil.address() as AddressInfo).port}/`);
          const tried = (await (await page.waitForFunction('window.tried')).jsonValue()) as Record<string, unknown>;
          for (const [name, got] of Object.entries(tried)) tally.note(`${name}: ${JSON.stringify(got)}`, got === null);
          await page.close();
        }
      });
      tally.note('the jobs stand as before', (await target.state()) === before);
      evil.closeAllConnections();
      evil.close();
      return tally.outcome('nothing is read and nothing changes: no WebSocket, no answer, no script, no frame, no item');
    },
  },
  {
    name: 'titles, keys, data, outputs, errors and reasons that are markup, script or worse, on every view',
    quick: 25,
    full: HOSTILE_TEXTS.length,
    async run(target, times) {
      const tally = new Tally();
      const step = HOSTILE_TEXTS.length / times;
      const texts = Array.from({ length: times }, (_, n) => HOSTILE_TEXTS[Math.floor(n * step)]!);
      await bring(target, texts);
      await inBrowser(target, async (context, page) => {
        const wrong: string[] = [];
        await context.exposeFunction('hacked', () => void wrong.push('a script has run'));
        page.on('dialog', (dialog) => void (wrong.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
        page.on('pageerror', ({ message }) => wrong.push(`error: ${message}`));
        page.on('console', (message) => void (/Content Security Policy|Trusted/i.test(message.text()) && wrong.push(message.text())));
        page.on('request', (request) => void (request.url().startsWith(`http://127.0.0.1:${target.port}/`) || request.url().startsWith('data:') || request.url().startsWith('blob:') || wrong.push(`asks ${request.url()}`)));
        await page.reload();
        await page.locator('.chip.live').waitFor();
        const views = await page.locator('nav.rail a').evaluateAll((links) => links.map((link) => (link as unknown as { hash: string }).hash));
        const items = Array.from({ length: times * 2 }, (_, n) => `#/items/${n + 1}`);
        for (const address of [...views, ...items]) {
          await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
          await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
          const strangers = await page.locator('main :is(script, iframe, object, embed, base, meta, link, style, img[src="x"], [onerror], [onload], [onclick], a[href^="javascript" i])').count();
          tally.note(`${address}: ${[...wrong, strangers > 0 && `${strangers} elements that are not ours`].filter(Boolean).join(', ')}`, wrong.length === 0 && strangers === 0);
          wrong.length = 0;
        }
      });
      return tally.outcome(`${times} texts in each of six fields stay text: no script, no dialog, no request elsewhere, no breach of the content security policy`);
    },
  },
];

/** An item that ends well and one that fails for each text, all of them through the port; the job is paused for a reason that is one as well. */
async function bring(target: Target, texts: readonly string[]): Promise<void> {
  const socket = await client(target);
  const command = async (command: object): Promise<void> => {
    const answer = await ask(socket, { command });
    if (!answer.ok) throw new Error(JSON.stringify(answer));
  };
  for (const text of texts) {
    const data = { text, [`of ${text.slice(0, 40)}`]: { deep: [text] } };
    await command({ type: 'ADD', job: 'texts', items: [{ key: `ok ${text}`, title: text.slice(0, 480), data }, { key: `bad ${text}`, title: text.slice(0, 480), data: { ...data, fails: true } }] });
  }
  for (;;) {
    // A patch tells of every change.
    const changed = once(socket, 'message');
    const [{ stages: [say] }] = JSON.parse(await target.state()) as [{ stages: [{ done: number; failed: number }] }];
    if (say.done >= texts.length && say.failed >= texts.length) break;
    await changed;
  }
  await command({ type: 'PAUSE', job: 'texts', reason: texts[0]! });
  socket.terminate();
}
