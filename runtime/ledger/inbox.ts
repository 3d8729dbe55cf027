/** What waits for the next flush, with who wants to hear of it. */
import type { FoundReceipt, Settlement } from '../../actors/ports.ts';
import type { Grant } from '../store/money/calls.ts';
import type { DoctorNote } from '../store/doctor.ts';
import type { Notice } from '../store/notices.ts';
import type { CommandRow, FoundBatch, JournalEntry, Edit, LlmCall, MoneyMove, NotedReply } from '../store/types.ts';
import type { Place } from './place.ts';

export class Inbox {
  journal: JournalEntry[] = [];
  settlements: { settlement: Settlement; place: Place }[] = [];
  found: { batch: FoundBatch; resolve(receipt: FoundReceipt): void }[] = [];
  calls: { call: LlmCall; reply?: NotedReply | undefined; resolve(): void }[] = [];
  notes: DoctorNote[] = [];
  notices: Notice[] = [];
  memos: { key: string; value: string; resolve(): void }[] = [];
  money: { move: MoneyMove; resolve?(grant: Grant): void }[] = [];
  edits: { edit: Edit; resolve(changed: number): void }[] = [];
  commands: { row: CommandRow; resolve(): void; reject(error: NotStored): void }[] = [];
}

/** It is in force and cannot be written now: a kill would undo it. It is still written as soon as that is possible. */
export class NotStored extends Error {
  override name = 'NotStored';
}
