/**
 * `/add#url=…&title=…`: what a bookmark opens to bring the page in front of you to its job. A page elsewhere can open it as well, so it
 * only asks; nothing happens before the button is pressed, and it cannot be shown in a frame.
 */
import type { Asset } from './asset.ts';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Add to Rivus</title>
<link rel="stylesheet" href="/add.css">
<script type="module" src="/add.js"></script>
</head>
<body>
<main>
<h1>Add to Rivus</h1>
<p><strong id="title"></strong><br><span id="address"></span></p>
<p id="says" role="status">Looking for its job …</p>
<button id="add" disabled>Add</button>
</main>
</body>
</html>
`;

const style = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 36rem; margin: 3rem auto; padding: 0 1rem; }
#address { overflow-wrap: anywhere; opacity: .75; }
#says { white-space: pre-line; }
button { font: inherit; padding: .4rem 1.5rem; }
`;

const script = `const element = (id) => document.getElementById(id);
const given = new URLSearchParams(location.hash.slice(1));
const url = given.get('url') ?? '';
const title = (given.get('title') ?? '').slice(0, 500);
const item = title === '' ? { url } : { url, title };

element('title').textContent = title;
element('address').textContent = url;
const route = await send('/items/route');
if (route) {
  element('says').textContent = 'It goes to ' + route.job + (route.pattern ? ', which accepts ' + route.pattern : '') + '.';
  element('add').disabled = false;
  element('add').onclick = add;
}

async function add() {
  element('add').disabled = true;
  const added = await send('/items');
  if (added) element('says').textContent = added.known ? added.job + ' has it already.' : 'Added to ' + added.job + '. You can close this page.';
}

/** The one item of the answer; undefined when there is none, and then the page says why. */
async function send(path) {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(item) }).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  if (answer?.ok) return answer.items[0];
  element('says').textContent = !response ? 'The runner is not there.' : response.status === 401 ? 'Not signed in: run "npx jobctl open", follow its link, then use the bookmark again.' : (answer?.message ?? 'The runner failed to answer.');
}
`;

export const addPage: ReadonlyMap<string, Asset> = new Map([
  ['/add', { type: 'text/html; charset=utf-8', body: page }],
  ['/add.css', { type: 'text/css; charset=utf-8', body: style }],
  ['/add.js', { type: 'text/javascript; charset=utf-8', body: script }],
]);
