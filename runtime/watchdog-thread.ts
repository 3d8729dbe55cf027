/** The watchdog's own thread. stderr is written directly: its stream would go through the thread that is blocked. */
import fs from 'node:fs';
import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import { realClock } from './clock.ts';
import { keepCompiledCode } from './compiled.ts';
import { createLog } from './log.ts';
import { BEAT_MS, QUESTION, type Blocked, type Blocker } from './watchdog.ts';

const BLOCKED_MS = 1_000;
const AGAIN_MS = 10_000;
/** Code that is no JavaScript (SQLite, a hash, a regular expression's compiler) answers when it is done. */
const ANSWER_MS = 1_000;

const { beats } = workerData as { beats: Int32Array };
const log = createLog(realClock, (line) => fs.writeSync(2, `${line}\n`));
const now = () => realClock.monotonic();

let beat = -1;
let since = now();
let looked = now();
let said = -Infinity;
let by: Blocker | undefined;

function look(): void {
  const at = now();
  const slept = at - looked > BLOCKED_MS;
  looked = at;
  const current = Atomics.load(beats, 0);
  if (current !== beat || slept) {
    // Where this thread stood still as well (SIGSTOP, a closed lid), nobody was blocked.
    if (said > since && !slept) parentPort!.postMessage({ ms: at - since, by } satisfies Blocked);
    beat = current;
    since = at;
    said = -Infinity;
    by = undefined;
  } else if (at - since >= BLOCKED_MS && at - said >= AGAIN_MS) {
    said = at;
    ask(since);
  }
  realClock.setTimeout(look, BEAT_MS);
}

function ask(block: number): void {
  const session = new Session();
  const hear = (answer: Blocker | undefined) => {
    realClock.clearTimeout(timer);
    session.disconnect();
    if (block !== since) return;
    by = answer;
    const where = answer?.place === undefined ? '' : ` at ${answer.place}`;
    log.error(`${answer?.who ?? 'something that is no JavaScript'} has kept everything waiting for ${((now() - block) / 1000).toFixed(1)} s${where}; a stage with \`isolate: thread\` would wait alone`);
  };
  const timer = realClock.setTimeout(() => hear(undefined), ANSWER_MS);
  session.connectToMainThread();
  session.post('Runtime.evaluate', { expression: QUESTION, returnByValue: true }, (error, answer) => {
    if (!error) hear(answer.result.value as Blocker);
  });
}

look();
keepCompiledCode();
