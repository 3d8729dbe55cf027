import { z } from 'zod';
import type { Strategy } from '../ports.ts';

const options = z.strictObject({});

/** Finds nothing by itself: its items come from the operator, by `jobctl add`. */
export const manual: Strategy<z.output<typeof options>> = {
  name: 'manual',
  options,
  async *discover() {},
};
