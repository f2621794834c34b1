/** Numbers of one repetition, by column name. */
export type Sample = Readonly<Record<string, number>>;

const REPETITIONS = 3;

/**
 * Measures all sides in turn, three times by default, so that load on the machine affects each of them.
 *
 * @returns the samples of each side
 */
export async function alternate<Side extends string>(
  sides: Readonly<Record<Side, () => Promise<Sample> | Sample>>,
  repetitions: number = REPETITIONS,
): Promise<Record<Side, Sample[]>> {
  const names = Object.keys(sides) as Side[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, Sample[]>;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const name of names) samples[name].push(await sides[name]());
  }
  return samples;
}

/** Median of one column; of an even count the upper of the two middle ones. @throws Error without samples */
export function median(samples: readonly Sample[], column: string): number {
  const sorted = samples.map((sample) => sample[column] ?? Number.NaN).toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error(`nothing measured for ${column}`);
  return middle;
}
