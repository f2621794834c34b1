/** Payload of a job on the status queue that asks for a report, in place of the line for `check_gearman`. */
const WORD = Buffer.from("report");

/** What a worker says about itself to a page. Numbers only: any client of the job server can ask. */
export interface OwnReport {
  readonly version: string;
  readonly slots: number;
  readonly busy: number;
  /** Load of the machine, one minute; undefined if it cannot be read. */
  readonly load: number | undefined;
  /** In memory and on disk. */
  readonly unsentResults: number;
  /** Jobs that the key does not open. */
  readonly undecodable: number;
  /** Time since the last of them; undefined if there was none. */
  readonly undecodableSeconds: number | undefined;
  readonly isDraining: boolean;
  /** Time since the last job came; undefined if there was none. */
  readonly lastJobSeconds: number | undefined;
}

/** Whether a job on the status queue asks for a report (D61). */
export function isReportRequest(data: Buffer): boolean {
  return data.equals(WORD);
}

/** The answer, JSON; what is undefined is left out. */
export function reportText(report: OwnReport): Buffer {
  return Buffer.from(JSON.stringify(report));
}
