/** Processes that may not open any more files. */
import net from 'node:net';
import { wait } from '../moments.ts';
import { inTrial, words, type Fault } from './fault.ts';

const MORE_THAN_IT_HAS = 120;
/** The database, the log, the libraries and the loop itself take some thirty. */
const LIMIT = 64;

export const noDescriptors: Fault = {
  name: 'no file descriptor left (120 connections, `ulimit -n 64`)',
  needs: 'prlimit',
  quick: 1,
  full: 5,
  async inject(times) {
    const wrong: string[] = [];
    await inTrial({ items: times * 40 }, async (trial) => {
      const life = trial.start({ under: ['prlimit', `--nofile=${LIMIT}`] });
      const wire = (await trial.connect(life))!;
      await trial.add(wire, 4);
      await trial.effects.reached(6);
      const { port } = new URL(life.address()!.url);
      for (let n = 0; n < times; n++) {
        const sockets = Array.from({ length: MORE_THAN_IT_HAS }, () => net.connect(Number(port), '127.0.0.1').on('error', () => {}));
        await trial.add(wire, 6);
        await wait(500);
        if (life.isOver) wrong.push(`it ended: ${life.lines.slice(-3).join(' | ')}`);
        for (const socket of sockets) socket.destroy();
      }
      await trial.quiet(wire);
      wire.close();
      const { code } = await life.stop();
      if (code !== 0) wrong.push(`it ended with ${code}: ${life.lines.slice(-3).join(' | ')}`);
      wrong.push(...words(await trial.finish()));
    });
    return { injected: times, outcome: 'work and commands of who is connected go on; nothing lost', wrong };
  },
};
