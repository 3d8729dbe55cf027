/** A machine joins all that is proven of machines by an entry here; `docs/machines.md` says how. */
import type { Proof } from '../support/proof.ts';
import { breaker } from './proofs/breaker.ts';
import { canary } from './proofs/canary.ts';
import { config } from './proofs/config.ts';
import { discovery } from './proofs/discovery.ts';
import { doctor } from './proofs/doctor.ts';
import { guards } from './proofs/guards.ts';
import { job } from './proofs/job.ts';
import { lifecycle } from './proofs/lifecycle.ts';
import { notifier } from './proofs/notifier.ts';
import { resource } from './proofs/resource.ts';
import { stageWorker } from './proofs/stage-worker.ts';
import { supervisor } from './proofs/supervisor.ts';
import { task } from './proofs/task.ts';
import { window } from './proofs/window.ts';

export const proofs: Record<string, Proof> = { breaker, canary, config, discovery, doctor, guards, job, lifecycle, notifier, resource, stageWorker, supervisor, task, window };
