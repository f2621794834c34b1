import type { OptionTable } from "./option-row.ts";
import { canonicalKey } from "./program.ts";

/** First part of every environment variable that is a setting. */
export const ENVIRONMENT_PREFIX = "MOD_GEARMAN_";

/** Which environment variables are settings of a program. */
export interface EnvironmentRules {
  /** Begins the part after {@link ENVIRONMENT_PREFIX} for variables that only this program reads; in lower case. */
  readonly scope: string;
  /** Options that are also read from variables without scope; absent: all. */
  readonly shared?: readonly string[];
}

/** One-shot tools inherit variables that are meant for another program, so they share only what all programs agree on. */
const TLS = ["tls", "tls_ca_file", "tls_cert_file", "tls_key_file", "tls_server_name"];
const COMMON = ["server", ...TLS, "encryption", "key", "keyfile"];
const FOR_SENDERS = [...COMMON, "dupserver", "config", "result_queue", "sender_identity_file"];

export const workerEnvironment: EnvironmentRules = { scope: "worker_" };
export const moduleEnvironment: EnvironmentRules = { scope: "module_" };
export const gearmandEnvironment: EnvironmentRules = { scope: "gearmand_" };
export const sendGearmanEnvironment: EnvironmentRules = { scope: "send_gearman_", shared: FOR_SENDERS };
export const sendMultiEnvironment: EnvironmentRules = { scope: "send_multi_", shared: FOR_SENDERS };
/** `host` is the job server, with the other name `server`. */
export const checkGearmanEnvironment: EnvironmentRules = { scope: "check_gearman_", shared: COMMON };
/** It shares nothing: what a machine is given must not depend on variables for other programs. */
export const enrollEnvironment: EnvironmentRules = { scope: "enroll_", shared: [] };
export const topEnvironment: EnvironmentRules = { scope: "gearman_top_", shared: COMMON };
export const queueEnvironment: EnvironmentRules = { scope: "queue_", shared: COMMON };
export const runEnvironment: EnvironmentRules = { scope: "run_", shared: COMMON };

export const doctorEnvironment: EnvironmentRules = { scope: "doctor_", shared: [] };
export const traceEnvironment: EnvironmentRules = { scope: "trace_", shared: [] };

export const everyScope: readonly string[] = [
  workerEnvironment,
  moduleEnvironment,
  gearmandEnvironment,
  sendGearmanEnvironment,
  sendMultiEnvironment,
  checkGearmanEnvironment,
  topEnvironment,
  doctorEnvironment,
  traceEnvironment,
  queueEnvironment,
  runEnvironment,
  enrollEnvironment,
].map(({ scope }) => scope);

/** Another name of `server`, from openITCOCKPIT's compose file. */
export const OTHER_NAMES: Readonly<Record<string, string>> = { gearman_server: "server" };

/** What a variable sets: an option, from its value or from the file that the value names. */
export interface Target {
  readonly option: string;
  readonly isFile: boolean;
  readonly isScoped: boolean;
}

/** Finds the options that environment variables of one program stand for. */
export class VariableNames {
  /** Canonical name to option. */
  readonly #options = new Map<string, string>();
  readonly #rules: EnvironmentRules;

  constructor(table: OptionTable, rules: EnvironmentRules) {
    this.#rules = rules;
    for (const [option, row] of Object.entries(table)) {
      if (row.moduleLineOnly === true) continue;
      for (const name of [option, ...(row.aliases ?? [])])
        if (name.length > 1) this.#options.set(canonicalKey(name), option);
    }
  }

  /** @param name in lower case, without {@link ENVIRONMENT_PREFIX} */
  find(name: string): Target | undefined {
    const { scope } = this.#rules;
    return (
      this.#find(name, false) ??
      (name.startsWith(scope) ? this.#find(name.slice(scope.length), true) : undefined)
    );
  }

  /** All names that are read, in full, in the order of the table; those without scope only where they are shared. */
  list(): string[] {
    return [...this.#options].map(([name]) => {
      const isShared = this.#isShared(name);
      return `${ENVIRONMENT_PREFIX}${(isShared ? name : `${this.#rules.scope}${name}`).toUpperCase()}`;
    });
  }

  #find(name: string, isScoped: boolean): Target | undefined {
    const direct = this.#optionOf(name, isScoped);
    if (direct !== undefined) return { option: direct, isFile: false, isScoped };
    if (!name.endsWith("_file")) return undefined;
    const joined = this.#optionOf(name.replace(/_file$/, "file"), isScoped);
    if (joined !== undefined) return { option: joined, isFile: false, isScoped };
    const option = this.#optionOf(name.slice(0, -"_file".length), isScoped);
    return option === undefined ? undefined : { option, isFile: true, isScoped };
  }

  #optionOf(name: string, isScoped: boolean): string | undefined {
    const known = OTHER_NAMES[name] ?? name;
    return isScoped || this.#isShared(known) ? this.#options.get(known) : undefined;
  }

  #isShared(name: string): boolean {
    const { shared } = this.#rules;
    return shared === undefined || shared.includes(name);
  }
}
