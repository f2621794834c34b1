import { statSync } from "node:fs";
import { dropOldest } from "./drop-oldest.ts";
import { readHead } from "./file-head.ts";

/** A Perl plugin that the embedded interpreter is to run. */
export interface PerlFile {
  /** As in the command line. */
  readonly path: Buffer;
  /** Changes with the content of the file: path, device, inode, size and time of the last change. */
  readonly version: string;
}

type Verdict = "yes" | "no" | "if implicit";

interface Known {
  readonly version: string;
  readonly verdict: Verdict;
}

const CAPACITY = 10_000;
const HEAD_BYTES = 16 * 1024;
const MARKED_LINES = 10;
const SLASH = 0x2f;
const MARKER = /^# (?:nagios|naemon|icinga):(.*)$/s;

/**
 * Decides which files the embedded Perl interpreter runs. Decisions are kept for the last 10,000 files and made again if a
 * file has changed.
 *
 * Source: worker.md 7.1.
 */
export class PerlFiles {
  readonly #capacity: number;
  /** Most recently used last. */
  readonly #known = new Map<string, Known>();

  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity;
  }

  /**
   * Examines a program. A relative path is relative to the working directory. A name without slash is searched in PATH when
   * it is executed and therefore never embedded.
   *
   * @param implicit also Perl scripts without a line `# nagios:`
   * @returns undefined if it must be run as a program
   */
  find(path: Buffer, implicit: boolean): PerlFile | undefined {
    if (!path.includes(SLASH)) return undefined;
    const version = versionOf(path);
    if (version === undefined) return undefined;
    const verdict = this.#lookUp(path, version);
    return verdict === "yes" || (verdict === "if implicit" && implicit) ? { path, version } : undefined;
  }

  #lookUp(path: Buffer, version: string): Verdict {
    const key = path.toString("latin1");
    const known = this.#known.get(key);
    this.#known.delete(key);
    const verdict = known?.version === version ? known.verdict : readVerdict(path);
    this.#known.set(key, { version, verdict });
    dropOldest(this.#known, this.#capacity);
    return verdict;
  }
}

/** @returns undefined if it is not a regular file */
function versionOf(path: Buffer): string | undefined {
  try {
    const stat = statSync(path, { bigint: true });
    if (!stat.isFile()) return undefined;
    return `${path.toString("latin1")}\n${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  } catch {
    return undefined; // executing it gives the better message
  }
}

function readVerdict(path: Buffer): Verdict {
  const head = readHead(path, HEAD_BYTES);
  return head === undefined ? "no" : verdictOf(head);
}

function verdictOf(head: string): Verdict {
  const [first = "", ...lines] = head.split(/\r?\n/, MARKED_LINES);
  if (!first.startsWith("#!") || !first.includes("perl")) return "no";
  for (const line of lines) {
    const marker = MARKER.exec(line)?.[1];
    if (marker !== undefined) return marker.trim().startsWith("+") ? "yes" : "no";
  }
  return "if implicit";
}
