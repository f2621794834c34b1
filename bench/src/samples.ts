/** Numbers of one repetition, by column name. */
export type Sample = Readonly<Record<string, number>>;

const REPETITIONS = 3;

/**
 * Measures all sides in turn, in every second round from the last to the first, so that neither a busy spell of the
 * machine nor what a side leaves behind for the next one favours any of them.
 *
 * @param warmUps rounds in front that do not count
 * @returns the samples of each side; those of one round have the same index
 */
export async function alternate<Side extends string>(
  sides: Readonly<Record<Side, () => Promise<Sample> | Sample>>,
  repetitions: number = REPETITIONS,
  warmUps = 0,
): Promise<Record<Side, Sample[]>> {
  const names = Object.keys(sides) as Side[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, Sample[]>;
  for (let round = 0; round < warmUps + repetitions; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const sample = await sides[name]();
      if (round >= warmUps) samples[name].push(sample);
    }
  }
  return samples;
}

/** Median of one column. @throws Error without samples */
export function median(samples: readonly Sample[], column: string): number {
  return medianOf(
    samples.map((sample) => sample[column] ?? Number.NaN),
    column,
  );
}

/** What one column of ours is to the baseline's: the median over the rounds, and all of them in order of size. */
export interface PairedRatio {
  readonly median: number;
  readonly sorted: readonly number[];
}

/** Of each round the ratio of both sides, which a spell that hits both of them does not change. */
export function pairedRatio(
  ours: readonly Sample[],
  baseline: readonly Sample[],
  column: string,
): PairedRatio {
  const ratios = ours.map((sample, at) => (sample[column] ?? Number.NaN) / (baseline[at]?.[column] ?? 0));
  return { median: medianOf(ratios, column), sorted: ratios.toSorted((a, b) => a - b) };
}

function medianOf(values: readonly number[], column: string): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (low === undefined || high === undefined) throw new Error(`nothing measured for ${column}`);
  return (low + high) / 2;
}
