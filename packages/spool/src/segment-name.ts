const NAME = /^(\d{16})\.spool$/;
const DONE_NAME = /^\d{16}\.spool\.done$/;

/** Names sort as their numbers do. */
export function segmentName(number: number): string {
  return `${number.toString().padStart(16, "0")}.spool`;
}

/** The number in the name of a segment file; undefined for other names. */
export function segmentNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether it is a done file whose segment file is not among `names`. */
export function isStrayDoneFile(name: string, names: readonly string[]): boolean {
  return DONE_NAME.test(name) && !names.includes(name.slice(0, -".done".length));
}
