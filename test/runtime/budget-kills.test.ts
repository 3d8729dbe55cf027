import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { campaign, sum } from '../prove/budget/campaign.ts';

test('whenever it is killed, no more is settled, lost or reserved than may be, and nothing is paid that is not counted', async () => {
  const { findings, deaths, outputs } = await campaign({ kills: 5 });
  expect(findings).toEqual([]);
  expect(deaths).toHaveLength(5);
  expect(outputs).toBeGreaterThan(0);
  expect(sum(deaths.at(-1)!.used.all)).toBeGreaterThan(0);
}, 120_000);

test('a runner that settles without reserving is found out', async () => {
  const preload = fileURLToPath(new URL('../prove/budget/control.ts', import.meta.url));
  // Whether what was paid or what was stored passes a limit first depends on when the kill comes; nothing is reserved, so either is an overrun.
  const isOverrun = (findings: readonly string[]) => findings.some((finding) => /(?:were paid|are settled, lost or reserved), of/.test(finding));
  const { findings } = await campaign({ kills: 20, preload, until: isOverrun });
  expect(isOverrun(findings), findings.join('\n')).toBe(true);
}, 120_000);
