import { isIdentityName } from "./key-file.ts";
import { KeyFileError } from "./key-file-error.ts";
import { identityId } from "./key-schedule.ts";

/** What an identity may do. */
export interface Identity {
  readonly name: string;
  readonly kind: "worker" | "sender";
  /** Queues of a worker, latin1; patterns of host names of a sender, in which `*` stands for any characters. */
  readonly grants: readonly string[];
  readonly isRevoked: boolean;
}

/** Blanks only: other white space of latin1 is a part of names in UTF-8. */
const WORDS = /^(worker|sender|revoked)[ \t]+([^ \t]+)(?:[ \t]+(.+))?$/;
const END = "end";
const BLANK_END = /[ \t\r]+$/;

/**
 * The list of identities that a bridge knows, without secrets: lines `worker NAME QUEUE`, `sender NAME HOSTPATTERN`, one for each
 * queue or pattern, and `revoked NAME`; at the end a line `end`, or none. The rest of a line is the queue or pattern. Source: envelope-v2.md 9.
 */
export class IdentityList {
  readonly #byId = new Map<string, Identity>();
  /** Of senders: each pattern split at its stars. */
  readonly #patterns = new Map<string, readonly (readonly string[])[]>();

  /** Whether the last line is `end`, so that nothing of the list can be missing. */
  readonly isClosed: boolean;

  /** @throws KeyFileError; INCOMPLETE without a line feed at the end, or with a line behind `end` */
  constructor(content: Buffer) {
    const rows = new Map<string, Row>();
    const lines = content.toString("latin1").split("\n");
    if (lines.at(-1) !== "") throw new KeyFileError("INCOMPLETE", lines.length);
    let isClosed = false;
    for (const [at, raw] of lines.entries()) {
      const text = raw.replace(BLANK_END, "");
      if (text === "" || text.startsWith("#")) continue;
      if (isClosed) throw new KeyFileError("INCOMPLETE", at + 1);
      if (text === END) isClosed = true;
      else addLine(rows, text, at + 1);
    }
    this.isClosed = isClosed;
    for (const [name, { kind = "worker", grants, isRevoked }] of rows) {
      const id = identityId(Buffer.from(name, "latin1")).toString("latin1");
      this.#byId.set(id, { name, kind, grants, isRevoked });
      if (kind === "sender")
        this.#patterns.set(
          id,
          grants.map((grant) => grant.split("*")),
        );
    }
  }

  /** @param id 8 bytes of a header; as text: latin1 */
  find(id: Buffer | string): Identity | undefined {
    return this.#byId.get(typeof id === "string" ? id : id.toString("latin1"));
  }

  /** All that have a line, in the order of their first ones. */
  all(): Identity[] {
    return [...this.#byId.values()];
  }

  /** Whether a sender may report for a host. */
  mayReport(id: Buffer, host: Buffer): boolean {
    const name = host.toString("latin1");
    return (this.#patterns.get(id.toString("latin1")) ?? []).some((parts) => matches(parts, name));
  }
}

interface Row {
  kind?: "worker" | "sender";
  readonly grants: string[];
  isRevoked: boolean;
}

/** @throws KeyFileError */
function addLine(rows: Map<string, Row>, text: string, number: number): void {
  const [, word, name = "", grant] = WORDS.exec(text) ?? [];
  if (word === undefined || (word === "revoked") !== (grant === undefined))
    throw new KeyFileError("NOT_A_SETTING", number);
  if (!isIdentityName(name)) throw new KeyFileError("BAD_NAME", number);
  const row = rows.get(name) ?? { grants: [], isRevoked: false };
  rows.set(name, row);
  if (grant === undefined) {
    row.isRevoked = true;
    return;
  }
  const kind = word === "worker" ? "worker" : "sender";
  if (row.kind !== undefined && row.kind !== kind) throw new KeyFileError("REPEATED", number);
  row.kind = kind;
  row.grants.push(grant);
}

/** @param parts what stands between the stars of a pattern */
function matches(parts: readonly string[], name: string): boolean {
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
