/** Pauses and resumes a job, without waiting for the answers: a thread of its own, so that nobody else's work counts as the runner's. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Wire } from '../wire.ts';

/** As fast as one connection may. */
const COMMAND_EVERY_MS = 21;

const wire = (await Wire.open(workerData as { url: string; token: string }))!;
const acksMs: number[] = [];
let isOver = false;
parentPort!.once('message', () => (isOver = true));
parentPort!.postMessage('ready');

for (let n = 0; !isOver; n++) {
  const sentAt = performance.now();
  const command = n % 2 === 0 ? ({ type: 'PAUSE', job: 'calm', reason: 'lunch' } as const) : ({ type: 'RESUME', job: 'calm', force: false } as const);
  void wire.ask({ id: randomUUID(), command }).then((answer) => answer?.ok && acksMs.push(performance.now() - sentAt));
  await wait(COMMAND_EVERY_MS);
}
wire.close();
parentPort!.postMessage(acksMs);
