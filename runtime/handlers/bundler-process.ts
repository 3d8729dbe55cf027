/** The other side of `Bundler`: bundles what it is asked for until nobody asks any more. */
import { keepCompiledCode } from '../compiled.ts';
import { BundleError } from './bundle-error.ts';
import { bundleStage } from './bundle.ts';
import type { BundleReply, BundleRequest } from './bundler.ts';

keepCompiledCode();

/** One after another: together they take as long, and the first stage would be ready only when the last one is. */
let turn: Promise<unknown> = Promise.resolve();
process.on('message', ({ id, root, handler, stage }: BundleRequest) => {
  turn = turn.then(async () => reply(await answer(id, root, handler, stage)));
});
process.on('disconnect', () => process.exit());
// A signal to the whole group is meant for the runner, which ends this process when it ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

async function answer(id: number, root: string, handler: string, stage: string): Promise<BundleReply> {
  try {
    return { id, bundle: await bundleStage(root, handler, stage) };
  } catch (error) {
    return { id, message: (error as Error).message, sources: error instanceof BundleError ? error.sources : new Map() };
  }
}

function reply(message: BundleReply): void {
  if (process.connected) process.send!(message);
}
