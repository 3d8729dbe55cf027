/** The lifecycle joined to the world: it tells its job what has changed. */
import { sendParent } from 'xstate';
import { lifecycleMachine } from '../machines/lifecycle.ts';
import { timeOf } from '../machines/time.ts';

export const lifecycle = () =>
  lifecycleMachine.provide({
    actions: {
      tellJob: sendParent(({ context, event }, standing: object) => ({ type: 'lifecycle.changed', holds: context.holds, ...standing, at: timeOf(event) })) as never,
    },
  });
