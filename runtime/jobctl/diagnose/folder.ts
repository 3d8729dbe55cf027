/** The data folder and the disk below it. The database itself is never opened by `fs`: that would drop SQLite's locks. */
import fs from 'node:fs';
import path from 'node:path';
import { ok, bad, odd, size, type Finding } from './finding.ts';

/** Types that `statfs` gives to what lies on another machine: SQLite's locks do not hold there. */
const REMOTE = new Map([[0x6969, 'NFS'], [0x517b, 'SMB'], [0xff534d42, 'CIFS'], [0xfe534d42, 'SMB 2'], [0x01021997, '9p']]);
const LITTLE = 1024 ** 3;
const NEXT_TO_NOTHING = 100 * 1024 ** 2;

export function diagnoseFolder(data: string): Finding[] {
  if (!fs.existsSync(data)) return [ok('data folder', `${data} is made by the first start`)];
  return [writable(data), ...disk(data), ...token(data)];
}

function writable(data: string): Finding {
  try {
    fs.accessSync(data, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return ok('data folder', `${data} can be written`);
  } catch (error) {
    return bad('data folder', `${data} cannot be written: ${(error as Error).message}`, `chmod u+rwx ${data}`);
  }
}

function disk(data: string): Finding[] {
  const { type, bavail, bsize } = fs.statfsSync(data);
  const free = bavail * bsize;
  const remote = REMOTE.get(type >>> 0);
  const space = `${size(free)} free`;
  const room = free < NEXT_TO_NOTHING ? bad('disk', `${space}: Rivus stops to write soon`, `du -sh ${data}/*`) : free < LITTLE ? odd('disk', space, `du -sh ${data}/*`) : ok('disk', space);
  return [...(remote === undefined ? [] : [bad('disk', `${data} lies on ${remote}: two machines could write at once`, 'npx jobctl --data LOCAL-FOLDER run')]), room];
}

function token(data: string): Finding[] {
  const file = path.join(data, 'runner.token');
  if (!fs.existsSync(file)) return [];
  const mode = fs.statSync(file).mode & 0o777;
  return [mode === 0o600 ? ok('token', 'only you can read it') : bad('token', `others may read ${file} (mode ${mode.toString(8)}) and command your jobs`, `chmod 600 ${file}`)];
}
