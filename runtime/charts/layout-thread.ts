/** The thread in which charts are laid out: elk is large, and a chart takes it a tenth of a second. */
import { parentPort } from 'node:worker_threads';
import elkjs from 'elkjs';
import { keepCompiledCode } from '../compiled.ts';
import { layoutOf } from './layout.ts';
import type { LayoutReply, LayoutRequest } from './charts.ts';

const elk = new elkjs.default();

parentPort!.on('message', ({ id, root }: LayoutRequest) => {
  layoutOf(root, elk).then(
    (layout) => reply({ id, layout }),
    (error: unknown) => reply({ id, message: String(error) }),
  );
});
keepCompiledCode();

const reply = (message: LayoutReply): void => parentPort!.postMessage(message);
