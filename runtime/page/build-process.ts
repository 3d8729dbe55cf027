/** Builds the inspector and sends it to the runner: the bundler's memory goes with this process. */
import { buildPage } from './build.ts';

/** `error`: why there is none. */
export type Built = { assets: [path: string, asset: { type: string; body: string }][] } | { error: string };

const built: Built = await buildPage().then(
  (assets) => ({ assets: [...assets] }),
  (error: Error) => ({ error: error.message }),
);
process.send!(built, () => process.disconnect());
