/**
 * The page that stands in for the inspector: that Rivus runs, which commands there are, and the jobs as they are now.
 * Whatever comes from the runner is shown as text only.
 */

/** Something that is served from memory. */
export type Asset = { type: string; body: string };

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rivus</title>
<link rel="stylesheet" href="/placeholder.css">
<script type="module" src="/placeholder.js"></script>
</head>
<body>
<header>
<h1>Rivus</h1>
<p id="connection" role="status">Connecting …</p>
</header>
<main>
<table>
<thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">Stage</th><th scope="col" class="n">Ready</th><th scope="col" class="n">Waiting</th><th scope="col" class="n">Running</th><th scope="col" class="n">Done</th><th scope="col" class="n">Failed</th></tr></thead>
<tbody id="rows"></tbody>
</table>
<h2>In a terminal</h2>
<dl>
<dt><code>npx jobctl status</code></dt><dd>all jobs at a glance</dd>
<dt><code>npx jobctl items JOB</code></dt><dd>what a job has found, and how far each thing is</dd>
<dt><code>npx jobctl item ID</code></dt><dd>one item: attempts, errors, outputs</dd>
<dt><code>npx jobctl pause JOB --retry-in 3h</code></dt><dd>hold a job for a while</dd>
<dt><code>npx jobctl unpause JOB</code></dt><dd>let it go on</dd>
<dt><code>npx jobctl events -f</code></dt><dd>what the actors are told, as it happens</dd>
<dt><code>npx jobctl open</code></dt><dd>a new link to this page</dd>
<dt><code>npx jobctl stop</code></dt><dd>finish what runs, then stop</dd>
</dl>
</main>
</body>
</html>
`;

const style = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
h1 { margin: 0; }
#connection { margin: 0; opacity: .75; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, currentcolor 20%, transparent); vertical-align: top; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; }
dd { margin: 0; }
@media (max-width: 40rem) { dl { display: block; } dd { margin-bottom: .5rem; } main { overflow-x: auto; } }
`;

const script = `const REFRESH_MS = 2000;
const connection = document.getElementById('connection');
const rows = document.getElementById('rows');

await signIn();
connect();

/** The code in the fragment works once; it leaves the address bar at once. */
async function signIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get('c');
  if (!code) return;
  history.replaceState(null, '', location.pathname);
  await fetch('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
}

async function connect() {
  const session = await fetch('/session').catch(() => undefined);
  if (!session) return retry('The runner is not there. Looking again …');
  if (!session.ok) return say('Not signed in: run "npx jobctl open" and follow its link.');
  const socket = new WebSocket('ws://' + location.host + '/ws');
  let asked = 0;
  let timer;
  const ask = () => socket.send(JSON.stringify({ id: 'status-' + ++asked, query: { type: 'status' } }));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === 'hello') { ask(); timer = setInterval(ask, REFRESH_MS); }
    if (frame.view) show(frame.view);
  };
  socket.onclose = () => { clearInterval(timer); retry('The connection ended. Looking again …'); };
}

function retry(text) {
  say(text);
  setTimeout(connect, REFRESH_MS);
}

function say(text) {
  connection.textContent = text;
}

function show({ runner, jobs }) {
  say('Running since ' + new Date(Date.now() - (runner.uptimeMs ?? 0)).toLocaleTimeString() + ', ' + jobs.length + (jobs.length === 1 ? ' job' : ' jobs'));
  rows.replaceChildren(...jobs.flatMap((job) => job.stages.map((stage, index) => row(index === 0 ? job : undefined, stage))));
}

function row(job, stage) {
  const tr = document.createElement('tr');
  const texts = [job ? [job.emoji, job.id].filter(Boolean).join(' ') : '', job ? [job.state, job.reason].filter(Boolean).join(': ') : '', stage.name];
  tr.append(...texts.map((text) => cell(text, '')));
  tr.append(...[stage.ready + stage.blocked, stage.waiting, stage.running, stage.done, stage.failed + stage.dead].map((n) => cell(n.toLocaleString(), 'n')));
  return tr;
}

function cell(text, className) {
  const td = document.createElement('td');
  td.textContent = text;
  td.className = className;
  return td;
}
`;

export const placeholder: ReadonlyMap<string, Asset> = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: page }],
  ['/placeholder.css', { type: 'text/css; charset=utf-8', body: style }],
  ['/placeholder.js', { type: 'text/javascript; charset=utf-8', body: script }],
]);
