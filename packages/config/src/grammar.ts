import { type HashValue, hashValue } from "./hash-values.ts";
import { lowerCase, trimSpace } from "./latin1.ts";

/** Key in lower case, both trimmed. */
export interface Setting {
  readonly key: string;
  /** Undefined without `=`. */
  readonly text: string | undefined;
  /** The value is the `yes` that an argument without value stands for. */
  readonly implied?: boolean;
  /** Both readings of the value, if it is in a line of a file and holds `#`. */
  readonly hash?: HashValue;
}

function splitSetting(piece: string): Setting {
  const at = piece.indexOf("=");
  if (at === -1) return { key: lowerCase(trimSpace(piece)), text: undefined };
  return { key: lowerCase(trimSpace(piece.slice(0, at))), text: trimSpace(piece.slice(at + 1)) };
}

/** An element of the module's arguments or line: leading `-` of the key are ignored. Source: neb-module.md 4.1. */
export function moduleSetting(piece: string): Setting {
  const { key, text } = splitSetting(piece);
  return { key: trimSpace(key.replace(/^-+/, "")), text };
}

/** Line of a module file: `#` starts a comment anywhere. `undefined` for a line without a setting. */
export function moduleLine(line: string): Setting | undefined {
  const hash = line.indexOf("#");
  const content = trimSpace(hash === -1 ? line : line.slice(0, hash));
  return content === "" ? undefined : withHash(moduleSetting(content), line);
}

/** Line of a worker file: a comment is a line whose first visible character is `#`. Source: worker.md 1.2. */
export function workerLine(line: string): Setting | undefined {
  const content = trimSpace(line);
  return content === "" || content.startsWith("#") ? undefined : withHash(splitSetting(content), content);
}

function withHash(setting: Setting, line: string): Setting {
  const hash = setting.text === undefined ? undefined : hashValue(line.slice(line.indexOf("=") + 1));
  return hash === undefined ? setting : { ...setting, hash };
}

/**
 * An argument of worker or bridge: one or two `-`, key, optional value; without value it means `yes`.
 * `undefined` without `-`. Source: worker.md 1.1.
 */
export function argumentSetting(argument: string): Setting | undefined {
  if (!argument.startsWith("-")) return undefined;
  const { key, text } = splitSetting(argument.replace(/^--?/, ""));
  return text === undefined ? { key, text: "yes", implied: true } : { key, text };
}

/** Lines of a file as latin1 text; a UTF-8 byte order mark is dropped. */
export function linesOf(content: Buffer): string[] {
  const mark = content.length >= 3 && content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  return content.toString("latin1", mark ? 3 : 0).split("\n");
}
