/** What is examined, in the order of the report. */
export const AREAS = [
  "configuration",
  "key",
  "forms",
  "core",
  "network",
  "version",
  "limits",
  "plugins",
  "queues",
  "spool",
  "clock",
  "check",
] as const;

export type Area = (typeof AREAS)[number];

/** Something that is wrong, for the administrator of a site. Never contains a key. */
export interface Finding {
  readonly area: Area;
  /** Stable name for scripts, such as `keys-differ`. */
  readonly id: string;
  readonly level: "critical" | "warning";
  readonly what: string;
  readonly meaning: string;
  readonly advice: string;
}

/** What was looked at and found, or could not be looked at. */
export interface Report {
  readonly findings: readonly Finding[];
  /** Number of questions that were answered. */
  readonly looks: number;
  readonly skipped: readonly { readonly area: Area; readonly why: string }[];
  /** Facts without judgement, such as versions and times, as name and text. */
  readonly facts: readonly { readonly area: Area; readonly name: string; readonly text: string }[];
}

type Description = Omit<Finding, "area" | "level">;

/** Collects what is found in one area. Each of the methods is one question answered, or not. */
export class Notes {
  readonly #area: Area;
  readonly #findings: Finding[] = [];
  readonly #skipped: { area: Area; why: string }[] = [];
  readonly #facts: { area: Area; name: string; text: string }[] = [];
  #looks = 0;

  constructor(area: Area) {
    this.#area = area;
  }

  /** One question was answered well. */
  fine(): void {
    this.#looks++;
  }

  critical(description: Description): void {
    this.#add("critical", description);
  }

  warning(description: Description): void {
    this.#add("warning", description);
  }

  fact(name: string, text: string): void {
    this.#facts.push({ area: this.#area, name, text });
  }

  /** A question without answer: it is reported, since silence would look like health. */
  skip(why: string): void {
    if (!this.#skipped.some((one) => one.why === why)) this.#skipped.push({ area: this.#area, why });
  }

  get report(): Report {
    return { findings: this.#findings, looks: this.#looks, skipped: this.#skipped, facts: this.#facts };
  }

  #add(level: Finding["level"], description: Description): void {
    this.#looks++;
    this.#findings.push({ area: this.#area, level, ...description });
  }
}

/** Of one kind and level: clients may make up any number of queues, each with a fault. */
const MOST_ALIKE = 10;

export function joinReports(reports: readonly Report[]): Report {
  return {
    findings: reports.flatMap(({ findings }) => fewOfEach(findings)),
    looks: reports.reduce((sum, { looks }) => sum + looks, 0),
    skipped: reports.flatMap(({ skipped }) => skipped),
    facts: reports.flatMap(({ facts }) => facts),
  };
}

/** The first of each kind, and behind the last of them how many there are more. */
function fewOfEach(findings: readonly Finding[]): Finding[] {
  return [...Map.groupBy(findings, ({ id, level }) => `${level} ${id}`).values()].flatMap((alike) => {
    const [first] = alike;
    const more = alike.length - MOST_ALIKE;
    if (more <= 0 || first === undefined) return alike;
    return [...alike.slice(0, MOST_ALIKE), { ...first, what: `${more} more findings of this kind` }];
  });
}
