/** The thread's side: loads one version of one stage, says what it is, and runs attempts until it is ended. */
import { workerData, type MessagePort } from 'node:worker_threads';
import type { Claim } from '../../../actors/ports.ts';
import { realClock } from '../../clock.ts';
import { keepCompiledCode } from '../../compiled.ts';
import { atWork, type AtWork } from '../at-work.ts';
import { startAttempt } from '../attempt.ts';
import { loadBundle } from '../load.ts';
import { stageIn, type LoadedStage } from '../loaded-stage.ts';
import type { Assignment, FromThread, ToThread } from './messages.ts';
import { remoteWorld } from './remote-world.ts';
import { fromWire } from './wire-error.ts';

/** A port of its own: the one that every module finds as `parentPort` is the handler's to play with. */
const { port, assignment } = workerData as { port: MessagePort; assignment: Assignment };
const calls = new Map<number, PromiseWithResolvers<any>>();
let asked = 0;
let prev: Record<string, string> = {};
let controller = new AbortController();
/** The attempt that runs, or that ran last. */
let attempt: AtWork | undefined;

const tell = (message: FromThread) => port.postMessage(message);
const line = {
  call(effect: string, ...given: unknown[]): Promise<any> {
    const call = Promise.withResolvers<any>();
    asked += 1;
    tell({ type: 'call', id: asked, effect, given });
    calls.set(asked, call);
    return call.promise;
  },
  say: (effect: string, ...given: unknown[]) => tell({ type: 'say', effect, given }),
};
const world = remoteWorld(assignment, line, () => prev);

function hear(message: ToThread, stage: LoadedStage): void {
  switch (message.type) {
    case 'run':
      prev = message.prev;
      controller = new AbortController();
      return start(stage, message.claim);
    case 'abort':
      return controller.abort(message.name === 'TimeoutError' ? new DOMException(message.message, message.name) : Object.assign(new Error(message.message), { name: message.name }));
    case 'answer':
      calls.get(message.id)?.resolve(message.value);
      return void calls.delete(message.id);
    case 'refusal':
      calls.get(message.id)?.reject(fromWire(message.error));
      return void calls.delete(message.id);
  }
}

function start(stage: LoadedStage, claim: Claim): void {
  const started = startAttempt(stage, claim, controller.signal, world);
  attempt = started.attempt;
  void started.result.then((result) => tell({ type: 'ended', result }));
}

/** An error that nobody caught. Only one attempt runs here, so it is that one's even where the async context was lost. */
function hearStray(thrown: unknown): void {
  tell({ type: 'tainted' });
  const whose = atWork.getStore() ?? attempt;
  if (!whose?.fail(thrown)) world.log.warn(`after the end of its attempt, nobody caught an error in it: ${world.clean(String((thrown as Error | null)?.message ?? thrown))}`);
}

keepCompiledCode();
process.on('uncaughtException', hearStray).on('unhandledRejection', hearStray);
try {
  const { bundle, bundles, job, stage, models } = assignment;
  // How long that may take is watched from outside, where no endless loop can keep a timer from firing.
  const { loaded, hashes } = stageIn(await loadBundle(bundles, bundle.hash, job.handler, realClock, Infinity), job, stage, bundle, models);
  port.on('message', (message: ToThread) => hear(message, loaded));
  tell({ type: 'loaded', hashes, needs: loaded.needs, maxCost: loaded.maxCost });
} catch (error) {
  tell({ type: 'unloadable', message: (error as Error).message });
}
