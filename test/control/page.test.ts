import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { placeholder } from '../../inspector/placeholder.ts';
import type { JobView, StageView } from '../../inspector/protocol.ts';
import { served, type Served } from '../support/control.ts';
import { tempFolder } from '../support/temp.ts';

const stage: StageView = { name: 'fetch', concurrency: 1, blocked: 0, ready: 4, waiting: 1, running: 2, done: 1234, skipped: 0, rejected: 0, failed: 1, dead: 2, stale: 0 };
const job: JobView = {
  id: '<img src=x onerror=alert(1)>', emoji: '📞', state: 'paused', holds: [], reason: 'market <b>closed</b>', resumeAt: null, costToday: 0, reservedToday: 0, unpricedToday: 0, softLimit: false, dailyCostLimit: null, breaker: { state: 'closed' }, stages: [stage],
};

/** What the page's script asks of a browser: a document that keeps texts, a fetch with cookies, a WebSocket with its Origin. */
const browser = `
import WS from ${JSON.stringify(path.resolve('node_modules/ws/wrapper.mjs'))};
const [, , address] = process.argv;
const { origin, hash, host } = new URL(address);
const element = () => ({ textContent: '', children: [], append(...more) { this.children.push(...more); }, replaceChildren(...all) { this.children = all; shown(); } });
const elements = { connection: element(), rows: element() };
globalThis.document = { getElementById: (id) => elements[id], createElement: element };
globalThis.location = { hash, host, pathname: '/' };
globalThis.history = { replaceState: (_state, _title, to) => { location.hash = ''; location.now = to; } };
let cookie = '';
const get = fetch;
globalThis.fetch = async (to, options = {}) => {
  const response = await get(origin + to, { ...options, headers: { ...options.headers, origin, cookie } });
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
  return response;
};
globalThis.WebSocket = class extends WS { constructor(url) { super(url, { origin, headers: { cookie } }); } };
const report = (rows) => { console.log(JSON.stringify({ says: elements.connection.textContent, address: location.now, rows })); process.exit(); };
function shown() { report(elements.rows.children.map((tr) => tr.children.map((td) => td.textContent))); }
let says = '';
Object.defineProperty(elements.connection, 'textContent', { get: () => says, set: (text) => { says = text; if (text.startsWith('Not signed in')) report([]); } });
`;

async function opened(control: Served, address: string): Promise<{ says: string; address?: string; rows: string[][] }> {
  control.runtime.status = () => ({ runner: { state: 'running', uptimeMs: 1000 }, jobs: [job as never] });
  const folder = tempFolder({ 'page.mjs': browser + placeholder.get('/placeholder.js')!.body });
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, 'page.mjs'), address], { timeout: 15_000 });
  return JSON.parse(stdout) as { says: string; rows: string[][] };
}

test('the page exchanges its code, forgets it, and shows the jobs as text', async () => {
  const control = await served();
  const page = await opened(control, control.openUrl());
  expect(page.rows).toEqual([['📞 <img src=x onerror=alert(1)>', 'paused: market <b>closed</b>', 'fetch', '4', '1', '2', '1,234', '3']]);
  expect(page.says).toMatch(/^Running since .*, 1 job$/);
  expect(page.address).toBe('/');
});

test('a page without a session says how to get one', async () => {
  const control = await served();
  expect((await opened(control, control.url)).says).toContain('npx jobctl open');
});
