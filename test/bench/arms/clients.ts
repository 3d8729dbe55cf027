/** The memory of the runner while 100 clients look on and 1,000 events a second happen to the actor that they watch: what its heap grows by in a minute, once it has warmed up. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { report } from '../arm.ts';
import { pauseOrResume } from '../half-hour.ts';
import { paced } from '../paced.ts';
import { makeProject, removeProject, start } from '../project.ts';
import { slope } from '../quantile.ts';
import { attach } from '../viewers.ts';

const ACTOR = 'job/bench/lifecycle';
const CLIENTS = 100;
const EVENTS_A_SECOND = 1_000;
const ROUNDS = { all: 16, warmUp: 4, seconds: 5 };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const project = makeProject();
try {
  const runner = await start(project);
  const viewers = await attach(runner, project, CLIENTS, ACTOR);
  const actor = runner.tree.actor(ACTOR)!;
  const heapMb: number[] = [];
  let events = 0;
  for (let round = 1; round <= ROUNDS.all; round++) {
    events += await paced({ perSecond: EVENTS_A_SECOND, seconds: ROUNDS.seconds }, (n) => actor.send(pauseOrResume(n, Date.now())));
    collect();
    if (round > ROUNDS.warmUp) heapMb.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  const { lost, moves } = await viewers.leave();
  if (lost > 0 || moves < CLIENTS) throw new Error(`of ${CLIENTS} clients ${lost} were lost; they saw ${moves} frames`);
  await runner.stop();
  report({ grewMb: slope(heapMb) * (60 / ROUNDS.seconds), rssMb, eventsPerSecond: events / (ROUNDS.all * ROUNDS.seconds), frames: moves });
} finally {
  removeProject(project);
}
