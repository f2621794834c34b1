/** What a peer may do. Patterns are names of functions in which `*` stands for any bytes, latin1. */
export interface Rights {
  /** Functions that a worker may announce. */
  readonly announce?: readonly string[];
  /** Functions of which jobs may be submitted. */
  readonly submit?: readonly string[];
  /** Functions shown in tables, and their jobs in answers about status; those that may be submitted are visible too. */
  readonly view?: readonly string[];
  /** Text commands that change something. */
  readonly admin?: boolean;
}

/** What was refused. */
export type Denied = "announce" | "submit" | "admin";

/** The rights of one peer, or of several together. What no rights name is denied. */
export class Guard {
  readonly #announce: readonly Pattern[];
  readonly #submit: readonly Pattern[];
  readonly #view: readonly Pattern[];
  readonly mayAdmin: boolean;

  constructor(rights: readonly Rights[]) {
    const all = (read: (one: Rights) => readonly string[] | undefined) =>
      rights.flatMap((one) => read(one) ?? []).map(patternOf);
    this.#announce = all(({ announce }) => announce);
    this.#submit = all(({ submit }) => submit);
    this.#view = all(({ view }) => view);
    this.mayAdmin = rights.some(({ admin }) => admin === true);
  }

  mayAnnounce(name: string): boolean {
    return this.#announce.some((pattern) => matches(pattern, name));
  }

  maySubmit(name: string): boolean {
    return this.#submit.some((pattern) => matches(pattern, name));
  }

  mayView(name: string): boolean {
    return this.#view.some((pattern) => matches(pattern, name)) || this.maySubmit(name);
  }
}

/** Texts between the `*` of a pattern. */
type Pattern = readonly string[];

function patternOf(text: string): Pattern {
  return text.split("*");
}

/** In linear time for each part: no expression that a name could make slow. */
function matches(parts: Pattern, name: string): boolean {
  const first = parts[0] ?? "";
  if (parts.length === 1) return name === first;
  const last = parts.at(-1) ?? "";
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Whether `name` fits `pattern`, in which `*` stands for any characters. */
export function fitsPattern(pattern: string, name: string): boolean {
  return matches(patternOf(pattern), name);
}
