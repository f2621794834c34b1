import { omitUndefined } from "@mod-gearman/base";
import type { GearmandOptions } from "@mod-gearman/config";
import type { ClientRights, ListenerSettings } from "@mod-gearman/server";
import {
  BadListener,
  type ListenerText,
  ownerOf,
  parseClientRights,
  parseListener,
} from "./listener-text.ts";
import { commonTlsFiles, tlsOf, tlsSettings } from "./tls-files.ts";
import type { World } from "./world.ts";

/** Where the server listens, and what certificates allow. */
export interface Listening {
  readonly listeners: readonly ListenerSettings[];
  readonly clientRights: readonly ClientRights[];
  /** Whether `--listen` and `--port` are served. */
  readonly hasMainListener: boolean;
}

/**
 * The ways in of `--listener` and `--protocol=http`. With `--listener` the address of `--listen` and `--port` is served only if one
 * of them is given.
 *
 * @param isGiven whether an option was given
 * @throws BadListener
 */
export function listeningOf(
  options: GearmandOptions,
  isGiven: (option: string) => boolean,
  world: Pick<World, "files">,
): Listening {
  const { listener, clientRights, protocol, listen, httpPort } = options;
  // the http protocol has a port of its own, without TLS, as in gearmand
  const http: ListenerSettings[] = protocol === "http" ? [{ listen, port: httpPort, protocol }] : [];
  return {
    listeners: [...http, ...listener.map((text) => settingsOf(parseListener(text), options, world))],
    clientRights: clientRights.map(parseClientRights),
    hasMainListener: listener.length === 0 || isGiven("listen") || isGiven("port"),
  };
}

function settingsOf(
  text: ListenerText,
  options: GearmandOptions,
  { files }: Pick<World, "files">,
): ListenerSettings {
  const readFile = (path: string) => files.readFile(path);
  const { host, port, unix, isHttp, rights } = text;
  const common = commonTlsFiles(options);
  const tls = tlsSettings(
    {
      certificate: text.certificate ?? common.certificate,
      key: text.key ?? common.key,
      ca: text.ca ?? common.ca,
      requireClientCertificate: text.requiresClientCertificate,
    },
    readFile,
  );
  return {
    listen: host === undefined ? [] : [host],
    port,
    protocol: isHttp ? "http" : "gearman",
    ...omitUndefined({
      unix: unix && {
        ...omitUndefined({
          mode: unix.mode,
          owner: unix.owner === undefined ? undefined : ownerOf(unix.owner, readFile),
        }),
        path: unix.path,
      },
      tls: text.isTls ? tls : undefined,
      rights,
    }),
  };
}

/** Why `--listener` or `--client-rights` cannot be used; undefined if they can. */
export function listenerRefusal(options: GearmandOptions, world: Pick<World, "files">): string | undefined {
  try {
    const { clientRights } = listeningOf(options, () => true, world);
    return clientRights.length === 0 ? undefined : clientRightsRefusal(options);
  } catch (error) {
    if (error instanceof BadListener) return error.message;
    throw error;
  }
}

/** Without authorities no client is asked for a certificate, and no rights of names would ever hold. @throws BadListener */
function clientRightsRefusal(options: GearmandOptions): string | undefined {
  const common = commonTlsFiles(options);
  const withTls = options.listener.map(parseListener).filter(({ isTls }) => isTls);
  if (!options.ssl && withTls.length === 0) return "--client-rights needs --ssl or a --listener with tls";
  const authorities = [options.ssl ? common.ca : undefined, ...withTls.map(({ ca }) => ca ?? common.ca)];
  if (authorities.some((ca) => ca !== undefined)) return undefined;
  return "--client-rights needs the authorities of clients: --ssl-ca-file, or ca= of a --listener";
}

/** TLS of all ways in. @throws BadListener */
export function allTls(options: GearmandOptions, world: Pick<World, "files">) {
  const { listeners } = listeningOf(options, () => true, world);
  return [tlsOf(options, world), ...listeners.map(({ tls }) => tls)].filter((tls) => tls !== undefined);
}
