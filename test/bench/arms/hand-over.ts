/** How long it takes from the end of a handler to the begin of the next stage's handler for the same item, while all stages have as much to do as they can. In ms. */
import { options, report } from '../arm.ts';
import { fill, makeProject, removeProject, start } from '../project.ts';
import { quantile } from '../quantile.ts';
import { whenDone } from '../when-done.ts';

const { items, concurrency } = options();
const lastAt = new Map<number, number>();
const handOvers: number[] = [];
/** The handlers call it; they do nothing else, so their begin is their end. */
Object.assign(globalThis, {
  handOver(stage: string, itemId: number) {
    const now = performance.now();
    if (stage !== 'fetch') handOvers.push(now - lastAt.get(itemId)!);
    lastAt.set(itemId, now);
  },
});

const project = makeProject({ concurrency, run: 'async run({ ctx }) { globalThis.handOver(STAGE, ctx.item.id); return { ok: true }; }' });
try {
  fill(project, items);
  const runner = await start(project);
  await whenDone(runner, items);
  await runner.stop();
  if (handOvers.length !== items * 2) throw new Error(`${handOvers.length} hand-overs of ${items * 2}`);
  report({ p50: quantile(handOvers, 0.5), p99: quantile(handOvers, 0.99) });
} finally {
  removeProject(project);
}
