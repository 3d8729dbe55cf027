/** A little of each attack on the real runner; `npm run prove:security` makes all of them as often as docs/security.md says. */
import { expect, test } from 'vitest';
import { noBrowser } from '../support/chromium.ts';
import { tokenIn } from '../support/control.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';
import { attacks, type Attack } from './attacks/index.ts';
import { pages, PROJECT } from './attacks/pages.ts';
import { targetAt } from './attacks/target.ts';

if (noBrowser) console.warn(`skipped: attacks through a browser: ${noBrowser}`);

async function underAttack() {
  const runner = new RunnerProcess(tempFolder(PROJECT));
  const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\//.exec(await runner.said(/http:\/\/127/))!;
  return targetAt(url!, tokenIn(runner.dataDir));
}

async function tryAll(list: readonly Attack[]): Promise<void> {
  const target = await underAttack();
  for (const { name, quick, run } of list.filter(({ quick }) => quick > 0)) {
    const { tried, wrong } = await run(target, quick);
    expect({ name, wrong: wrong.slice(0, 5), tried: tried > 0 }).toEqual({ name, wrong: [], tried: true });
  }
}

test('attacks by hand: what is refused is refused, and nothing changes', () => tryAll(attacks));
test.skipIf(noBrowser)('attacks through a browser: nothing of others runs, what is text stays text, and nothing changes', () => tryAll(pages));
