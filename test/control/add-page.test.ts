import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { addPage } from '../../inspector/add-page.ts';
import { codeOf, cookieOf, served, signIn, type Served } from '../support/control.ts';
import { tempFolder } from '../support/temp.ts';

/** What the page's script asks of a browser: elements that keep texts, and a fetch with cookie and Origin. Answers what it says before and after the click. */
const before = `
const [, , address, cookie] = process.argv;
const { origin, hash } = new URL(address);
const elements = {};
globalThis.document = { getElementById: (id) => (elements[id] ??= { textContent: '', disabled: id === 'add' }) };
globalThis.location = { hash };
const get = fetch;
globalThis.fetch = (to, options) => get(origin + to, { ...options, headers: { ...options.headers, origin, cookie } });
`;
const after = `
const said = element('says').textContent;
await element('add').onclick?.();
console.log(JSON.stringify({ title: element('title').textContent, said, then: element('says').textContent, disabled: element('add').disabled }));
`;

async function opened({ url }: Served, fragment: string, cookie: string): Promise<Record<string, unknown>> {
  const folder = tempFolder({ 'page.mjs': before + addPage.get('/add.js')!.body + after });
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, 'page.mjs'), `${url}/add${fragment}`, cookie], { timeout: 15_000 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

const signedIn = async (control: Served) => cookieOf(await signIn(control, codeOf(control.openUrl())));
const fragment = (url: string) => `#url=${encodeURIComponent(url)}&title=${encodeURIComponent('Talk <b>7</b>')}`;

test('the page says where the address would go, and brings it there when the button is pressed', async () => {
  const control = await served();
  const cookie = await signedIn(control);
  const page = await opened(control, fragment('https://a16z.example/talks/7'), cookie);
  expect(page).toEqual({ title: 'Talk <b>7</b>', said: 'It goes to a16z, which accepts a16z.example/**.', then: 'Added to a16z. You can close this page.', disabled: true });
  expect(control.runtime.executed).toMatchObject([{ who: 'browser:http', command: { type: 'ADD', items: [{ key: 'https://a16z.example/talks/7', title: 'Talk <b>7</b>' }] } }]);
  expect(await opened(control, fragment('https://a16z.example/talks/7'), cookie)).toMatchObject({ then: 'a16z has it already.' });
});

test('an address that nobody accepts, and a browser that is not signed in, have nothing to press', async () => {
  const control = await served();
  expect(await opened(control, fragment('https://example.com/'), await signedIn(control))).toMatchObject({ said: expect.stringContaining('no job accepts https://example.com/'), disabled: true });
  expect(await opened(control, fragment('https://a16z.example/'), '')).toMatchObject({ said: expect.stringContaining('npx jobctl open'), disabled: true });
  expect(control.runtime.executed).toEqual([]);
});

test('the page holds no inline script or style, so that its policy lets it work', async () => {
  const { url } = await served();
  const response = await fetch(`${url}/add`);
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(await response.text()).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/);
});
