import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { campaign } from '../prove/campaign.ts';
import { atEvents } from '../prove/moments.ts';

const unhurried = { moment: atEvents, rest: () => Promise.resolve() };

test('whenever it is killed, nothing is lost, nothing is committed twice, and what was acknowledged is in force', async () => {
  const { findings, deaths, outputs, orders, restarts } = await campaign({ ...unhurried, kills: 8, items: 200 });
  expect(findings).toEqual([]);
  expect(outputs).toBe(600);
  expect(deaths).toHaveLength(8);
  expect(deaths.filter(({ running }) => running > 0).length).toBeGreaterThan(0);
  expect(orders.PAUSE).toBeGreaterThan(0);
  expect(restarts.length).toBeGreaterThan(0);
}, 60_000);

test('so it is while jobs.yaml is edited and reloaded all the time', async () => {
  const { findings, deaths, outputs, reloads } = await campaign({ ...unhurried, edits: () => Promise.resolve(), kills: 8, items: 200 });
  expect(findings).toEqual([]);
  expect(outputs).toBe(600);
  expect(deaths).toHaveLength(8);
  expect(reloads.accepted).toBeGreaterThan(0);
  expect(reloads.refused).toBeGreaterThan(0);
}, 60_000);

test('so it is while handlers hold their job or take the process with them, and parts of the runner die', async () => {
  const preload = fileURLToPath(new URL('../prove/unrest.ts', import.meta.url));
  const { findings, outputs, unrest } = await campaign({ ...unhurried, troubles: true, preload, kills: 4, items: 120 });
  expect(findings).toEqual([]);
  expect(outputs).toBe(360);
  expect(unrest.actorDeaths).toBeGreaterThan(0);
}, 90_000);

test('a boot that does not take back what was running is found out', async () => {
  const preload = fileURLToPath(new URL('../prove/controls/without-sweep.ts', import.meta.url));
  const { findings } = await campaign({ ...unhurried, kills: 8, items: 200, preload, until: 'kept' });
  expect(findings.map(({ what }) => what).join('\n')).toMatch(/runs for ever, for a runner that is dead/);
}, 60_000);
