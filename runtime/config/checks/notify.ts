/** Quiet hours of `notify`: hours that can be understood. */
import { Mistake } from '../calendar-file.ts';
import { at, type Complaint } from '../complaint.ts';
import { windowSpec } from '../window.ts';

export function checkNotify(data: unknown): Complaint[] {
  const targets = Object.keys(Object(at(data, ['notify', 'targets'])));
  return [['notify', 'quiet'], ...targets.map((name) => ['notify', 'targets', name, 'quiet'])].flatMap((path) => {
    const hours = at(data, path);
    if (typeof hours !== 'string') return [];
    try {
      windowSpec(hours);
      return [];
    } catch (cause) {
      if (!(cause instanceof Mistake)) throw cause;
      return [{ path, message: `${path.join('.')} ${cause.message.replace('a window such as "09:30-16:00 America/New_York mon-fri"', 'hours such as "22:00-07:00 Europe/Berlin"')}` }];
    }
  });
}
