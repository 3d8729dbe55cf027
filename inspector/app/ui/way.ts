/** A line through corners, as the path of an SVG: the corners are round. */
type Point = readonly [x: number, y: number];

const CORNER = 6;

export function way(points: readonly Point[]): string {
  const [first, ...rest] = points;
  return rest.reduce((path, point, n) => {
    const after = rest[n + 1];
    return path + (after ? corner(points[n]!, point, after) : `L${point[0]} ${point[1]}`);
  }, `M${first![0]} ${first![1]}`);
}

function corner(before: Point, at: Point, after: Point): string {
  const [from, to] = [towards(at, before), towards(at, after)];
  return `L${from[0]} ${from[1]}Q${at[0]} ${at[1]} ${to[0]} ${to[1]}`;
}

function towards([x, y]: Point, [tx, ty]: Point): [number, number] {
  const length = Math.hypot(tx - x, ty - y) || 1;
  const by = Math.min(CORNER, length / 2) / length;
  return [x + (tx - x) * by, y + (ty - y) * by];
}
