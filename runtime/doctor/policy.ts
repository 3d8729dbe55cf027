/** What follows from a class: the only table by which anything is done about an error, whoever decided the class. */
import type { Action, ErrorClass } from '../../actors/ports.ts';

export const ACTION_OF: Readonly<Record<ErrorClass, Action>> = {
  transient: 'retry_later',
  item_specific: 'fail_item',
  temporal: 'pause_job',
  systemic: 'pause_job',
  code_bug: 'pause_job',
};
