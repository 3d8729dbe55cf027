/** The thread in which charts are laid out: elk is large, and a chart takes it a tenth of a second. */
import elkjs from 'elkjs';
import type { ChartLayout, ChartState } from '../../inspector/protocol.ts';
import { answering } from '../asked-thread.ts';
import { layoutOf } from './layout.ts';

const elk = new elkjs.default();

answering<ChartState, ChartLayout>(async (root) => {
  try {
    return await layoutOf(root, elk);
  } catch (error) {
    throw new Error(`a chart could not be laid out: ${String(error)}`, { cause: error });
  }
});
