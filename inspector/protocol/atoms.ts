/** What the shapes of the protocol are made of. */
import { z } from 'zod';

export const TASK_STATES = ['blocked', 'ready', 'waiting', 'running', 'done', 'skipped', 'rejected', 'failed', 'dead'] as const;
/** What a task was at a time: whether one that was open could have started is not kept. */
export const STATES_THEN = ['pending', 'running', 'done', 'skipped', 'rejected', 'failed', 'dead', 'unknown'] as const;
export const taskState = z.enum(TASK_STATES);
export const ERROR_CLASSES = ['transient', 'item_specific', 'temporal', 'systemic', 'code_bug'] as const;

export const name = z.string().min(1).max(64);
export const path = z.string().min(1).max(256);
export const sentence = z.string().min(1).max(500);
export const instant = z.number().int().min(0).max(8.64e15);
export const itemId = z.number().int().positive();
export const priority = z.number().min(-1e15).max(1e15);
export const fingerprint = z.string().regex(/^[0-9a-f]{12}$/, 'must be 12 hex digits');
export const count = z.number().int().min(0);

export const errorView = z.object({ name: z.string(), message: z.string(), code: z.string().optional() });
