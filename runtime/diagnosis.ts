/** `jobctl diagnose` for the inspector, by a process of its own: it looks through the whole database, which would stop this one. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../actors/ports.ts';
import type { DiagnosisView } from '../inspector/protocol.ts';

const JOBCTL = fileURLToPath(new URL('./jobctl.js', import.meta.url));
const LONGEST_MS = 120_000;
const MOST_BYTES = 1024 * 1024;

type World = { clock: Clock; config: string; dataDir: string; env: Readonly<Record<string, string | undefined>> };

export class Diagnosis {
  private readonly world: World;
  private underWay: Promise<DiagnosisView> | undefined;
  private readonly ending = new AbortController();

  constructor(world: World) {
    this.world = world;
  }

  /** Once for all who ask meanwhile. Rejects, in words, when it could not be made. */
  make(): Promise<DiagnosisView> {
    this.underWay ??= this.run().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  close(): void {
    this.ending.abort();
  }

  private async run(): Promise<DiagnosisView> {
    const { clock } = this.world;
    const [at, began] = [clock.now(), clock.monotonic()];
    const { findings } = JSON.parse(await this.said()) as Pick<DiagnosisView, 'findings'>;
    return { at, ms: clock.monotonic() - began, findings };
  }

  /** Its exit code only says whether all is well. */
  private said(): Promise<string> {
    const { config, dataDir, env } = this.world;
    const args = [JOBCTL, '--config', config, '--data', dataDir, '--json', 'diagnose'];
    return new Promise((resolve, reject) => {
      execFile(process.execPath, args, { env: env as NodeJS.ProcessEnv, timeout: LONGEST_MS, maxBuffer: MOST_BYTES, signal: this.ending.signal }, (error, stdout, stderr) => {
        if (stdout.trim() !== '') resolve(stdout);
        else reject(new Error(`npx jobctl diagnose said nothing: ${stderr.trim() || (error?.message ?? 'no reason')}`));
      });
    });
  }
}
