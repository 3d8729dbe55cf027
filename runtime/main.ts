/** `npm start` and `jobctl run`: the runner in this terminal. */
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { realClock } from './clock.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { createLog } from './log.ts';
import type { Runner } from './runner.ts';
import { refuseIfLocked } from './store/lock.ts';
import { hearStrayErrors } from './stray-errors.ts';

/**
 * Ends the process when the runner has ended.
 * @returns the exit code when it could not be started
 */
export async function main(argv: readonly string[]): Promise<number> {
  const given = options(argv);
  if (typeof given === 'string') {
    console.error(`${given}\nusage: npm start -- [--config FILE] [--data DIR] [--port N] [--read-only] [--accept-rollback]`);
    return EXIT.usage;
  }
  // Whoever read what is said here may be gone, with a terminal or a pipe: the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const log = createLog(realClock);
  let runner: Runner | undefined;
  let watchdog: { close(): void } | undefined;
  let broken = false;
  const deafToErrors = hearStrayErrors({
    clock: realClock,
    log,
    clean: (text) => runner?.clean(text) ?? text,
    stop() {
      broken = true;
      if (runner) void runner.stop();
      else process.exit(EXIT.failed);
    },
  });
  try {
    // Before the rest is loaded: a second runner is to be told at once.
    refuseIfLocked(given.dataDir);
    // When a handler has changed the bundler starts beside the rest: the first stage is ready some 0.1 s earlier.
    const { KeptBundles } = await import('./handlers/kept-bundles.ts');
    const bundles = new KeptBundles(realClock, given.dataDir, path.dirname(given.config));
    const [{ startRunner }, { startWatchdog }] = await Promise.all([import('./runner.ts'), import('./watchdog.ts')]);
    watchdog = startWatchdog({ clock: realClock, log, clean: (text) => runner?.clean(text) ?? text });
    runner = await startRunner({ ...given, bundles, clock: realClock, log, env: process.env });
  } catch (error) {
    deafToErrors();
    watchdog?.close();
    console.error((error as Error).message);
    return exitCodeOf(error as Error);
  }
  const { narrate } = await import('./narrate.ts');
  // Before it says that it is there: who hears that may send a signal at once.
  listen(runner, log);
  log.info(`Rivus runs ${runner.jobs.map(({ id, emoji }) => (emoji ? `${emoji} ${id}` : id)).join(', ')}`);
  log.info(`${runner.openUrl()}  ·  npx jobctl status  ·  data in ${path.relative(process.cwd(), given.dataDir) || '.'}/`);
  if (runner.tree.restored > 0) log.info(`${runner.tree.restored} actors restored${runner.booted.swept > 0 ? `, ${runner.booted.swept} interrupted tasks are ready again` : ''}`);
  // Now, for a process that is killed writes nothing at its end.
  flushCompileCache();
  const story = narrate(runner, realClock, log);
  const code = await runner.ended.then(
    () => (broken ? EXIT.failed : EXIT.ok),
    exitCodeOf,
  );
  story.close();
  watchdog.close();
  if (code === EXIT.ok) log.info('stopped');
  // Not by itself: a timer or a socket that a handler has left behind would keep it. It goes on to hear signals until then,
  // for one that came now would otherwise take the place of the exit code.
  process.exit(code);
}

type Options = { config: string; dataDir: string; port?: number; readOnly: boolean; acceptRollback: boolean };

/** Without a port jobs.yaml says which. */
function options(argv: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({ args: [...argv], options: { config: { type: 'string' }, data: { type: 'string' }, port: { type: 'string' }, 'read-only': { type: 'boolean' }, 'accept-rollback': { type: 'boolean' } } });
    const config = path.resolve(values.config ?? process.env['RIVUS_CONFIG'] ?? 'jobs.yaml');
    const dataDir = path.resolve(values.data ?? process.env['RIVUS_DATA'] ?? path.join(path.dirname(config), 'data'));
    const given = { config, dataDir, readOnly: values['read-only'] === true, acceptRollback: values['accept-rollback'] === true };
    const port = values.port ?? process.env['RIVUS_PORT'];
    if (port === undefined) return given;
    return /^\d{1,5}$/.test(port) && Number(port) < 65_536 ? { ...given, port: Number(port) } : `${values.port === undefined ? 'RIVUS_PORT' : '--port'} takes a number from 0 to 65535, not "${port}"`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Signals. The first end lets what is in flight finish; the second does not wait. */
function listen(runner: Runner, log: ReturnType<typeof createLog>): void {
  let asked = false;
  const end = (signal: string) => {
    if (asked) process.exit(EXIT.failed);
    asked = true;
    log.info(`${signal}: what is in flight gets 10 s to end; once more stops at once`);
    void runner.stop();
  };
  const reload = () => runner.reloadSoon('SIGHUP');
  const signals = { SIGINT: () => end('SIGINT'), SIGTERM: () => end('SIGTERM'), SIGHUP: reload };
  for (const [signal, act] of Object.entries(signals)) process.on(signal, act);
}
