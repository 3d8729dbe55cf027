/** An inspector that throws wedges the mailbox of the actor that it looks at, for ever and without a word. This one is heard of, and harms nobody. */
import type { InspectionEvent } from 'xstate';

/** @param onError hears the first error; what comes after it would be the same */
export function safeInspector(inspect: (event: InspectionEvent) => void, onError: (error: Error) => void): (event: InspectionEvent) => void {
  let failed = false;
  return (event) => {
    try {
      inspect(event);
    } catch (error) {
      if (!failed) onError(error as Error);
      failed = true;
    }
  };
}
