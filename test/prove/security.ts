/**
 * `npm run prove:security [-- NAME…]`: makes every attack on the control port as often as the table says, on a real runner, and writes the table into
 * docs/security.md; with names (parts of them) only those, and writes nothing. Ends with 1 when one of them gets anywhere.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { noBrowser } from '../support/chromium.ts';
import { attacks, type Attack, type Outcome } from '../control/attacks/index.ts';
import { pages, PROJECT } from '../control/attacks/pages.ts';
import { targetAt } from '../control/attacks/target.ts';
import { rewrite } from './document.ts';
import { Life } from './life.ts';

const names = process.argv.slice(2);
if (noBrowser) {
  console.error(noBrowser);
  process.exit(2);
}
const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'rivus-security-')));
for (const [file, text] of Object.entries(PROJECT)) writeFileSync(path.join(folder, file), text);
const life = new Life({ config: path.join(folder, 'jobs.yaml'), dataDir: path.join(folder, 'data'), ledger: path.join(folder, 'ledger'), remove: () => {} });
process.once('exit', () => {
  life.kill();
  rmSync(folder, { recursive: true, force: true });
});
process.once('SIGINT', () => process.exit(130));

await life.ready;
const address = life.address();
if (!address) throw new Error(`the runner did not start:\n${life.lines.join('\n')}`);
const target = targetAt(address.url, address.token);
const rows: { attack: Attack; outcome: Outcome }[] = [];
for (const attack of [...attacks, ...pages].filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)))) {
  const begun = performance.now();
  const outcome = await attack.run(target, attack.full);
  rows.push({ attack, outcome });
  console.log(`${outcome.wrong.length === 0 ? 'holds' : 'FAILS'}  ${attack.name}, ${outcome.tried} times in ${Math.round((performance.now() - begun) / 1000)} s: ${outcome.outcome}`);
  for (const wrong of outcome.wrong.slice(0, 10)) console.log(`       ${wrong}`);
}
const { code } = await life.stop();
const isSound = code === 0 && rows.every(({ outcome }) => outcome.wrong.length === 0);
if (code !== 0) console.log(`FAILS  the runner ended with ${code}`);
if (isSound && names.length === 0) rewrite('security', () => table(), 'security.md');
process.exit(isSound ? 0 : 1);

function table(): string {
  const lines = rows.map(({ attack, outcome }) => `| ${attack.name} | ${outcome.tried.toLocaleString('en')} | ${outcome.outcome} |`);
  return ['| what was tried | how often | what came of it |', '|---|---|---|', ...lines].join('\n');
}
