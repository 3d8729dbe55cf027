/** The last minutes of a figure, as a line. */
type Props = { values: readonly number[]; label: string; says(value: number): string };

const [WIDTH, HEIGHT] = [240, 40];
/** So many seconds are kept: the line grows from the right. */
const KEPT = 120;

export function Sparkline({ values, label, says }: Props) {
  const most = Math.max(...values, 1e-9);
  const last = values.at(-1);
  const text = last === undefined ? `${label}: nothing is measured yet` : `${label}: ${says(last)} now, ${says(most)} at most in the last ${values.length} s`;
  const at = (value: number, n: number) => `${WIDTH - ((values.length - 1 - n) / (KEPT - 1)) * WIDTH} ${HEIGHT - 2 - (value / most) * (HEIGHT - 6)}`;
  return (
    <svg class="vital-line" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={text}>
      <title>{text}</title>
      <path class="floor" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
      {values.length > 1 && <path d={`M${values.map(at).join('L')}`} />}
    </svg>
  );
}
