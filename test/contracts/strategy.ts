/** What every strategy must do, whatever it reads. `options` and the world around it must let it find at least `finds` things. */
import { describe, expect, test } from 'vitest';
import type { OutputRow, Strategy } from '../../actors/ports.ts';
import type { Web } from '../../runtime/http/web.ts';
import { poll, worldOf } from '../support/sources.ts';

export type StrategyCase = { strategy: Strategy<any>; options: Record<string, unknown>; files?: Record<string, string>; outputs?: readonly OutputRow[]; web?: Web; finds: number };

export function strategyContract({ strategy, finds, ...setting }: StrategyCase): void {
  const world = () => {
    const world = worldOf({ strategy, ...setting });
    // Its files were not written just now.
    world.passes(60_000);
    return world;
  };

  describe(strategy.name, () => {
    test('refuses an option that it does not know, and names it', async () => {
      expect(() => strategy.options.parse({ ...setting.options, fiel: 1 })).toThrow(/fiel/);
      const { sources, job } = world();
      const misspelt = { ...job, discovery: { ...job.discovery, options: { ...setting.options, fiel: 1 } } };
      await expect(poll({ sources, job: misspelt })).rejects.toThrow(new RegExp(`job "watch": the options of ${strategy.name} .*fiel`, 's'));
    });

    test('yields keys that are texts, each once', async () => {
      const keys = (await poll(world())).candidates.map(({ key }) => key);
      expect(keys.length).toBeGreaterThanOrEqual(finds);
      expect(keys.filter((key) => typeof key !== 'string' || key === '')).toEqual([]);
      expect(new Set(keys).size).toBe(keys.length);
    });

    test('finds the same things in the same order in the same place', async () => {
      const place = world();
      const [first, second] = [await poll(place), await poll(place)];
      expect(second.candidates).toEqual(first.candidates);
    });

    test('yields data that is JSON', async () => {
      const { candidates } = await poll(world());
      expect(JSON.parse(JSON.stringify(candidates))).toEqual(candidates);
    });

    test('yields no more when it was closed in the middle, and asks for nothing', async () => {
      const { sources, job, queries } = world();
      const finding = sources.poll(job, new AbortController().signal);
      const first = await finding.next();
      expect(first.done).toBe(finds === 0);
      await finding.return();
      const asked = queries.length;
      expect(await finding.next()).toEqual({ done: true, value: undefined });
      expect(queries.length).toBe(asked);
    });

    test('ends when its signal is aborted, before it has begun and in the middle', async () => {
      const { sources, job, queries } = world();
      expect(await Array.fromAsync(sources.poll(job, AbortSignal.abort()))).toEqual([]);
      expect(queries).toEqual([]);
      const stop = new AbortController();
      const finding = sources.poll(job, stop.signal);
      await finding.next();
      stop.abort();
      expect(await finding.next()).toEqual({ done: true, value: undefined });
    });
  });
}
