import type { JSX } from "preact";

const WIDTH = 96;
const HEIGHT = 20;

/** A small line of values over the last minute. It says nothing that the cells beside it do not: hidden from screen readers. */
export function SparkLine({ values }: { readonly values: readonly number[] }): JSX.Element {
  const most = Math.max(...values, 1);
  const step = WIDTH / 59;
  const start = WIDTH - (values.length - 1) * step;
  const points = values.map((value, at) => {
    const y = HEIGHT - 1.5 - (value / most) * (HEIGHT - 3);
    return `${(start + at * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <polyline points={points.join(" ")} />
    </svg>
  );
}
