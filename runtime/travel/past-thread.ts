/** The thread that tells the past, with its own connection: it only reads. */
import { workerData } from 'node:worker_threads';
import { answering } from '../asked-thread.ts';
import { openStore } from '../store/open.ts';
import { answerOfThePast, type PastAnswer, type PastQuery, type StoodAnswer, type StoodQuestion } from './answers.ts';

const db = openStore(workerData as string, { readonly: true });

answering<PastQuery | StoodQuestion, PastAnswer | StoodAnswer>((query) => answerOfThePast(db, query));
