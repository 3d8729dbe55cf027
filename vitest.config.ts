import path from 'node:path';
import { defineConfig } from 'vitest/config';

// Each file has a process and many start others and threads: they find code compiled where `runtime/require-node.js` keeps it.
process.env['NODE_COMPILE_CACHE'] ??= path.resolve('node_modules/.cache/compiled');

/** Handlers import prompts as text, as their bundles do. */
const prompts = {
  name: 'prompts',
  transform: (text: string, id: string) => (id.endsWith('.md') ? { code: `export default ${JSON.stringify(text)};`, map: null } : null),
};

/** Tests that leave nothing behind in their process: no signals, hooks, threads or variables. Their files share one, which has what they import already. */
const SHARING = ['actors', 'calendar', 'charts', 'config', 'doctor', 'explain', 'feeds', 'filter', 'http', 'llm', 'newsflow', 'notify', 'recorder', 'store', 'strategies', 'travel'].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  plugins: [prompts],
  test: {
    environment: 'node',
    projects: [
      { extends: true, test: { name: 'shared', include: SHARING, isolate: false } },
      // Tests of the operator's own code stand beside it.
      { extends: true, test: { name: 'own', include: ['test/**/*.test.ts', 'handlers/**/*.test.ts', 'strategies/**/*.test.ts'], exclude: ['node_modules', 'test/bench/**', 'test/prove/**', ...SHARING] } },
    ],
    // A process of its own per file: native modules, signals and `module.registerHooks` must not leak into the next one.
    pool: 'forks',
    // One more than the cores that it is made for: many tests wait for other processes, clocks and disks.
    maxWorkers: 3,
    // Only this build of XState reports inline actors. With more room for what is young a tenth of the processor time is saved.
    execArgv: ['--conditions=development', '--min-semi-space-size=16', '--max-semi-space-size=64'],
    // Bundles of handlers, and strategies, are imported by Node itself, as in the running system: Vite knows no hooks.
    server: { deps: { external: [/\/bundles\/[0-9a-f]{64}\.mjs/, /\?[0-9a-f]{64}$/] } },
    // What another process says next takes longer than a second when the machine is busy.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
