/** Files that an attempt wrote, each with a look at what is in it. What they hold is text or a picture, never markup. */
import { useEffect, useState } from 'preact/hooks';
import type { AttemptView } from '../../../protocol.ts';
import { bytes } from '../../format.ts';
import { Json } from '../../ui/json.tsx';

type File = NonNullable<AttemptView['artifacts']>[number];

/** Of a text, so much is read. */
const MOST_BYTES = 64 * 1024;

export function Artifacts({ item, artifacts }: { item: number; artifacts: readonly File[] }) {
  return <ul class="artifacts" aria-label="Files">{artifacts.map((file) => <Artifact key={file.name} file={file} address={`/items/${item}/artifacts/${file.hash}`} />)}</ul>;
}

function Artifact({ file: { name, bytes: size, media }, address }: { file: File; address: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary><span dir="auto">{name}</span> <span class="dim">{media}, {bytes(size)}</span> <a href={address} download={name.split('/').at(-1)} class="button">Save</a></summary>
        {isOpen && <Preview name={name} media={media} size={size} address={address} />}
      </details>
    </li>
  );
}

type Shown = { name: string; media: string; size: number; address: string };

function Preview({ name, media, size, address }: Shown) {
  if (media.startsWith('image/')) return <img src={address} alt={name} loading="lazy" />;
  if (media.startsWith('audio/')) return <audio src={address} controls preload="metadata" aria-label={name} />;
  const isText = media.startsWith('text/') || /json|xml|subrip|javascript|yaml/.test(media);
  return isText ? <Text media={media} size={size} address={address} /> : <p class="dim">There is no preview of {media}.</p>;
}

function Text({ media, size, address }: Omit<Shown, 'name'>) {
  const [text, setText] = useState<string>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const gone = new AbortController();
    fetch(address, { signal: gone.signal, ...(size > MOST_BYTES && { headers: { Range: `bytes=0-${MOST_BYTES - 1}` } }) })
      .then(async (answer) => (answer.ok ? setText(await answer.text()) : setProblem(((await answer.json()) as { message: string }).message)))
      .catch((error: Error) => gone.signal.aborted || setProblem(error.message));
    return () => gone.abort();
  }, [address]);
  if (problem !== undefined) return <p class="bad">{problem}</p>;
  if (text === undefined) return <p class="dim">Reading.</p>;
  const value = media.includes('json') && size <= MOST_BYTES ? parsed(text) : undefined;
  if (value !== undefined) return <div class="json-tree"><Json value={value} /></div>;
  return <><pre dir="auto" tabIndex={0}>{text}</pre>{size > MOST_BYTES && <p class="dim">the first {bytes(MOST_BYTES)} of {bytes(size)}</p>}</>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
