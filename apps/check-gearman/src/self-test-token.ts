/** Identifies the job of one self test: creation time and random digits. */
export interface SelfTestToken {
  readonly madeAtSeconds: number;
  readonly random: string;
}

const PATTERN = /^self test (\d{1,15})-([0-9a-f-]{8,64})$/;
/** No self test lasts longer: older results are not expected by any. */
const OLD_SECONDS = 600;

/** The token as service description of the test job. */
export function printToken({ madeAtSeconds, random }: SelfTestToken): string {
  return `self test ${madeAtSeconds}-${random}`;
}

/** Whether `text` is the token of another self test that may still be waiting for it. */
export function isPendingOther(text: string, own: SelfTestToken): boolean {
  const match = PATTERN.exec(text);
  if (match === null || text === printToken(own)) return false;
  return Math.abs(own.madeAtSeconds - Number(match[1])) < OLD_SECONDS;
}
