/** jobs.yaml: what stands in the file, what is in force, and what was. */
import type { ConfigChange } from './answers.ts';

/** A mistake where it stands; `frame`: the line with its neighbours. */
export type CodeProblem = { file: string; line: number; column: number; message: string; frame: string };

/** `added`, `removed`: lines, compared with the one before; left out where that is gone. */
export type RevisionLine = { id: number; at: number; added?: number; removed?: number };

/**
 * The file beside what runs. `same`: nothing would follow from reading it again; `differs`: `changes` would, or only words differ; `invalid`: it cannot be used.
 * `diff`: lines that differ from those in force.
 */
export type FileOnDisk = { state: 'same' } | { state: 'differs'; changes: ConfigChange[]; diff: string[] } | { state: 'invalid'; problems: CodeProblem[] };

/** `refused`: why the file, as it was when it was last read, is not used. `revisions`: the newest, which is in force, first. */
export type ConfigurationView = { file: string; readAt: number; refused?: string; onDisk: FileOnDisk; revisions: RevisionLine[] };

/** As it was at a moment: `refused`, why the file was not used then, and `readAt`, when it had been read, as far as that was kept. `revisions`: the one that was in force then first. */
export type ConfigurationThenView = { at: number; readAt?: number; refused?: string; revisions: RevisionLine[] };

/** From one revision to another. */
export type RevisionDiff = { from: number; to: number; changes: ConfigChange[]; diff: string[] };
