/**
 * What a power cut could leave: every write and fsync of a life is written down, and from that files are made as they may be
 * at any moment: all that was synced, of the rest some, and some of that torn at a sector. Directories are not modelled.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rememberedOrders } from '../audit/orders.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { Sent } from '../ack-log.ts';
import { wait } from '../moments.ts';
import { inTrial, type Fault } from './fault.ts';
import { shim } from './tools.ts';

const SECTOR = 512;
const REACHED_SHARE = 0.5;
const TORN_SHARE = 0.15;
const LESS_DURABLE = fileURLToPath(new URL('./less-durable.ts', import.meta.url));

/** `A`: an answer had arrived; `offset` is how many by then. */
type Entry = { kind: 'W' | 'S' | 'T' | 'A'; file: string; offset: number; bytes: Buffer };
type Recorded = { entries: Entry[]; acknowledged: Sent[] };
type Images = { made: number; damaged: number; lossy: number; most: number };

export const powerCut: Fault = {
  name: 'power cut: files as the disk may have left them',
  needs: 'gcc',
  quick: 60,
  full: 2_000,
  async inject(times) {
    const { damaged, lossy, most } = cutOften(await recorded(), times);
    const wrong = damaged + lossy === 0 ? [] : [`${damaged} images are damaged, ${lossy} have lost up to ${most} acknowledged commands`];
    const less = cutOften(await recorded(LESS_DURABLE), times);
    if (less.lossy === 0) wrong.push('with synchronous=NORMAL nothing was lost either: the test sees nothing');
    return {
      injected: times,
      outcome: 'no file damaged, no acknowledged command lost',
      control: `with \`synchronous=NORMAL\`: ${less.damaged} damaged, ${less.lossy} of ${less.made} have lost up to ${less.most} acknowledged commands`,
      wrong,
    };
  },
};

async function recorded(preload?: string): Promise<Recorded> {
  return inTrial({ items: 200 }, async (trial) => {
    const log = path.join(path.dirname(trial.place.config), 'disk.log');
    writeFileSync(log, '');
    const env = { LD_PRELOAD: shim('disk'), DISK_DO: 'log', DISK_LOG: log };
    const life = trial.start({ env, ...(preload !== undefined && { preload }) });
    const wire = (await trial.connect(life))!;
    for (let order = trial.operator.addition(), n = 1; order; order = trial.operator.addition(), n++) {
      await trial.operator.order(wire, order);
      appendFileSync(log, entryHead('A', 0, n, 0));
    }
    await wait(300);
    life.kill();
    await life.ended;
    wire.close();
    return { entries: entriesIn(readFileSync(log)), acknowledged: trial.log.acknowledged() };
  });
}

function entryHead(kind: string, file: number, offset: number, length: number): Buffer {
  const head = Buffer.alloc(18);
  head.write(kind, 0, 'latin1');
  head.writeUInt8(file, 1);
  head.writeBigUInt64LE(BigInt(offset), 2);
  head.writeBigUInt64LE(BigInt(length), 10);
  return head;
}

function entriesIn(log: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + 18 <= log.length; ) {
    const kind = log.toString('latin1', at, at + 1) as Entry['kind'];
    const length = kind === 'W' ? Number(log.readBigUInt64LE(at + 10)) : 0;
    entries.push({ kind, file: log.toString('latin1', at + 1, at + 2), offset: Number(log.readBigUInt64LE(at + 2)), bytes: log.subarray(at + 18, at + 18 + length) });
    at += 18 + length;
  }
  return entries;
}

function cutOften({ entries, acknowledged }: Recorded, times: number): Images {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rivus-cut-'));
  const images: Images = { made: times, damaged: 0, lossy: 0, most: 0 };
  const firstAnswer = entries.findIndex(({ kind }) => kind === 'A');
  for (let n = 0; n < times; n++) {
    const cut = firstAnswer + Math.floor(Math.random() * (entries.length - firstAnswer));
    rmSync(folder, { recursive: true, force: true });
    const files = filesAt(entries, cut);
    const answered = entries.slice(0, cut).findLast(({ kind }) => kind === 'A')?.offset ?? 0;
    const lost = lostIn(folder, files, acknowledged.slice(0, answered));
    if (lost === undefined) images.damaged += 1;
    else if (lost > 0) [images.lossy, images.most] = [images.lossy + 1, Math.max(images.most, lost)];
  }
  rmSync(folder, { recursive: true, force: true });
  return images;
}

function filesAt(entries: readonly Entry[], cut: number): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  for (const file of ['d', 'w']) {
    const own = entries.slice(0, cut).filter((entry) => entry.file === file);
    const synced = own.findLastIndex(({ kind }) => kind === 'S');
    const image = new Growing();
    for (const [index, { kind, offset, bytes }] of own.entries()) {
      if (index > synced && Math.random() > REACHED_SHARE) continue;
      if (kind === 'T') image.cut(offset);
      else if (kind === 'W') image.write(index > synced && Math.random() < TORN_SHARE ? torn(bytes) : bytes, offset);
    }
    files[file] = image.bytes;
  }
  return files;
}

const torn = (bytes: Buffer): Buffer => bytes.subarray(0, SECTOR * Math.floor(Math.random() * Math.ceil(bytes.length / SECTOR)));

class Growing {
  private buffer = Buffer.alloc(2 ** 20);
  private length = 0;

  write(bytes: Buffer, offset: number): void {
    const end = offset + bytes.length;
    while (end > this.buffer.length) this.buffer = Buffer.concat([this.buffer, Buffer.alloc(this.buffer.length)]);
    bytes.copy(this.buffer, offset);
    this.length = Math.max(this.length, end);
  }

  cut(length: number): void {
    this.buffer.fill(0, length);
    this.length = length;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

/** How many acknowledged commands are not there; undefined when the file is damaged. */
function lostIn(folder: string, files: Record<string, Buffer>, acknowledged: readonly Sent[]): number | undefined {
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'rivus.db'), files['d']!);
    writeFileSync(path.join(folder, 'rivus.db-wal'), files['w']!);
    rmSync(path.join(folder, 'rivus.db-shm'), { force: true });
    const db = openStore(folder, { readonly: true });
    try {
      if (db.pragma('quick_check', { simple: true }) !== 'ok') return undefined;
      if (db.pragma('user_version', { simple: true }) === 0) return acknowledged.length;
      return new Set(rememberedOrders(db, acknowledged).map(({ what }) => /order-\d+/.exec(what)?.[0])).size;
    } finally {
      db.close();
    }
  } catch {
    return undefined;
  }
}
