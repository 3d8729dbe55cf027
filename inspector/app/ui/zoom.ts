/** Something larger than its place: it scrolls as everything does, is dragged, and grows about the pointer by Ctrl and wheel, or by two fingers. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

const LEAST = 0.2;
const MOST = 3;
const STEP = 1.25;
/** Around it, in its place. */
const MARGIN_PX = 12;
const PER_WHEEL_PX = 0.0025;

type Size = { width: number; height: number };
/** In px from the corner of the place. */
type Spot = { x: number; y: number };

/** `scale` is undefined as long as it is as wide as its place, at most. */
export type Zoom = { place: RefObject<HTMLDivElement | null>; scale: number | undefined; fit(): void; wide(): void; by(factor: number): void };
export const ZOOM_STEP = STEP;

export function useZoom({ width, height }: Size): Zoom {
  const place = useRef<HTMLDivElement>(null);
  const [scale, setScale] = useState<number | undefined>(undefined);
  const kept = useRef<{ spot: Spot; from: number; left: number; top: number } | undefined>(undefined);
  const shown = () => scale ?? Math.min(1, ((place.current?.clientWidth ?? width) - 2 * MARGIN_PX) / width);

  const zoom = (factor: number, spot?: Spot) => {
    const { current: box } = place;
    if (!box) return;
    const from = shown();
    kept.current = { spot: spot ?? { x: box.clientWidth / 2, y: box.clientHeight / 2 }, from, left: box.scrollLeft, top: box.scrollTop };
    setScale(Math.max(LEAST, Math.min(MOST, from * factor)));
  };
  // What was under the pointer stays there.
  useLayoutEffect(() => {
    const { current: box } = place;
    if (!box || !kept.current || scale === undefined) return;
    const { spot, from, left, top } = kept.current;
    kept.current = undefined;
    const moved = (offset: number, at: number) => ((offset + at - MARGIN_PX) * scale) / from + MARGIN_PX - at;
    box.scrollLeft = moved(left, spot.x);
    box.scrollTop = moved(top, spot.y);
  }, [scale]);
  const hear = useRef(zoom);
  hear.current = zoom;
  useEffect(() => (place.current ? listen(place.current, (factor, spot) => hear.current(factor, spot)) : undefined), []);
  const fit = () => {
    const box = place.current!;
    const [wide, high] = [box.clientWidth, window.innerHeight - box.getBoundingClientRect().top - MARGIN_PX].map((px) => px - 2 * MARGIN_PX);
    setScale(Math.max(LEAST, Math.min(1, wide! / width, high! / height)));
  };
  return { place, scale, fit, wide: () => setScale(undefined), by: zoom };
}

function listen(box: HTMLElement, zoom: (factor: number, spot: Spot) => void): () => void {
  const over = new AbortController();
  const { signal } = over;
  const spotOf = ({ clientX, clientY }: { clientX: number; clientY: number }): Spot => {
    const { left, top } = box.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const fingers = new Map<number, PointerEvent>();
  const apart = () => {
    const [one, other] = [...fingers.values()];
    return one && other ? Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) : 0;
  };
  box.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * PER_WHEEL_PX), spotOf(event));
  }, { signal, passive: false });
  box.addEventListener('pointerdown', (event) => void fingers.set(event.pointerId, event), { signal });
  box.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const wide = apart();
    fingers.set(event.pointerId, event);
    if (wide > 0 && apart() > 0) return zoom(apart() / wide, spotOf(event));
    // A finger scrolls by itself.
    if (event.pointerType === 'touch') return;
    box.scrollLeft -= event.clientX - before.clientX;
    box.scrollTop -= event.clientY - before.clientY;
  }, { signal });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) box.addEventListener(end, (event) => void fingers.delete(event.pointerId), { signal });
  return () => over.abort();
}
