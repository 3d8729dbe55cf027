/** A part of the page that is loaded when it is first shown; what was loaded once stays. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | undefined;
  return function Lazy() {
    const [, setState] = useState<ComponentType | undefined>(undefined);
    const [error, setError] = useState<string | undefined>(undefined);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (part) => {
          loaded = part;
          setState(() => part);
        },
        (failure: Error) => setError(failure.message),
      );
    }, []);
    const Part = loaded;
    if (Part) return <Part />;
    // The files of a page that was open before Rivus was renewed are gone.
    return error === undefined ? null : <p class="empty bad">This view could not be loaded: {error}. Reload the page.</p>;
  };
}
