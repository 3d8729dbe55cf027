import { useEffect, useState } from 'preact/hooks';

/** How many of `count` parts of a view are to be there by now: `part` more of them with each frame, so that keys, clicks and the first paint never wait for all. */
export function useGradually(count: number, part: number): number {
  const [most, setMost] = useState(part);
  useEffect(() => {
    if (most >= count) return;
    const frame = requestAnimationFrame(() => setMost(most + part));
    return () => cancelAnimationFrame(frame);
  }, [most, count]);
  return Math.min(most, count);
}
