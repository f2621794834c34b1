import type { GearmandOptions } from "@mod-gearman/config";
import { STORE_OPTIONS } from "./store.ts";

/** Options that need another one, and whether that is set. */
const NEEDS: readonly {
  readonly options: readonly string[];
  readonly what: string;
  isSet(options: GearmandOptions): boolean;
}[] = [
  {
    options: ["ssl-ca-file", "ssl-certificate", "ssl-key"],
    what: "--ssl or a --listener with tls",
    isSet: ({ ssl, listener }) => ssl || listener.some((text) => text.split(",").includes("tls")),
  },
  { options: ["ssl-require-client-cert"], what: "--ssl", isSet: ({ ssl }) => ssl },
  ...Object.entries(STORE_OPTIONS).map(([type, options]) => ({
    options,
    what: `--queue-type=${type}`,
    isSet: ({ queueType }: GearmandOptions) => queueType === type,
  })),
  {
    options: ["store-queue-on-shutdown"],
    what: "a --queue-type other than builtin",
    isSet: ({ queueType }) => queueType !== "builtin",
  },
  {
    options: ["queue-limit-policy"],
    what: "--queue-limit-count, --queue-limit-bytes or --max-queued-bytes",
    isSet: ({ queueLimitCount, queueLimitBytes, maxQueuedBytes }) =>
      queueLimitCount.length > 0 || queueLimitBytes.length > 0 || maxQueuedBytes > 0,
  },
  {
    options: ["round-robin"],
    what: "--compat=1.1: it is the default otherwise",
    isSet: ({ compat }) => compat === "1.1",
  },
  { options: ["http-port"], what: "--protocol=http", isSet: ({ protocol }) => protocol === "http" },
];

/** The variables of the TLS files are also those of clients. */
const OF_ENVIRONMENT = "environment ";

/**
 * Options that were given but have no effect, as something else was not selected.
 *
 * @param sources of the given options
 * @returns a text for each and where it was given
 */
export function withoutUse(
  options: GearmandOptions,
  sources: ReadonlyMap<string, string>,
): { readonly text: string; readonly where: string }[] {
  return NEEDS.filter(({ isSet }) => !isSet(options)).flatMap(({ options: names, what }) =>
    names.flatMap((name) => {
      const where = sources.get(name);
      return where === undefined || where.startsWith(OF_ENVIRONMENT)
        ? []
        : [{ text: `${name} has no effect without ${what}`, where }];
    }),
  );
}
