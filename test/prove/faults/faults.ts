/** All faults, in the order of the table. */
import { noDescriptors } from './descriptors.ts';
import * as failingDisk from './failing-disk.ts';
import type { Fault } from './fault.ts';
import * as fullDisk from './full-disk.ts';
import * as lostCommits from './lost-commits.ts';
import * as otherProcesses from './other-processes.ts';
import { powerCut } from './power-cut.ts';
import * as time from './time.ts';
import * as unusable from './unusable.ts';

const { walWriteFails, walSyncFails, fileWriteFails, fileSyncFails, fileReadFails, killedAtWrite, killedAtSync, tornWrite } = failingDisk;
const { flippedByte, walRemoved, oldCopy, replacedWhileRunning } = lostCommits;
const { damagedPage, garbageHeader, damagedIndexOfWal, newerSchema, readOnly } = unusable;
const { secondRunners, secondWriter, longReader } = otherProcesses;

export const disks: readonly Fault[] = [
  fullDisk.diskFull, fullDisk.fileSizeLimit, walWriteFails, walSyncFails, fileWriteFails, fileSyncFails, fileReadFails, killedAtWrite, killedAtSync, tornWrite, powerCut,
];
export const folders: readonly Fault[] = [readOnly, garbageHeader, damagedPage, damagedIndexOfWal, newerSchema, flippedByte, walRemoved, oldCopy, replacedWhileRunning];
export const processesAndClocks: readonly Fault[] = [longReader, secondWriter, secondRunners, noDescriptors, time.clockSet, time.laptopLid];

export const faults: readonly Fault[] = [...disks, ...folders, ...processesAndClocks];
