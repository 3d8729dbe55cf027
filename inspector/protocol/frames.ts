/** The frames of the socket. */
import { z } from 'zod';
import type { ActorView } from './actors.ts';
import type { Answer } from './answers.ts';
import { command } from './commands.ts';
import { query, type Query, type Views } from './queries.ts';
import type { ConfigView, JobView, RunnerView } from './status.ts';

/** Raised when a frame changes so that an older client would misread it. */
export const PROTOCOL_VERSION = 1;

/** Longest frame from a client, in bytes. */
export const MAX_FRAME_BYTES = 16 * 1024;

/** Chosen by the client. A command that comes again under the same id is not executed again: its answer is. */
export const frameId = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -');

export const commandFrame = z.strictObject({ id: frameId, command });
export const queryFrame = z.strictObject({ id: frameId, query });
export type ClientFrame = z.infer<typeof commandFrame> | z.infer<typeof queryFrame>;
/** `id` is null when the frame was too broken to tell. */
export type AnswerFrame = (Answer | { ok: true; view: Views[Query['type']] }) & { id: string | null };
/** What a connection may: `read` sees everything and changes nothing. */
export type Scope = 'control' | 'read';
/** The first frame of every connection. Another `bootId` than last time: read everything again. */
export type HelloFrame = { type: 'hello'; bootId: string; seq: number; version: number; scope: Scope };
/** What changed: whole jobs, as of `seq`. Read everything again when `since` is above the last seq that you know. */
export type PatchFrame = { type: 'patch'; since: number; seq: number; jobs: JobView[]; runner?: RunnerView; config?: ConfigView };
/** One step that an actor took: the `index`-th transition of the state `from`. */
export type Taken = { from: string; index: number };
/** What the actor that is watched was told since the last such frame, the oldest first, and how it is now. Ten a second at most; `more`: events that are left out. */
export type MovedFrame = { type: 'moved'; path: string; events: { seq: number; at: number; type: string; taken: Taken[] }[]; more?: number; actor: ActorView };
/** What the runner hands to `broadcast`; `since` is filled in. */
export type Patch = Omit<PatchFrame, 'type' | 'since'>;
export type ServerFrame = HelloFrame | PatchFrame | MovedFrame | AnswerFrame;
