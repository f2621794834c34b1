import { omitUndefined, reasonOf } from "@mod-gearman/base";
import type { GearmandOptions } from "@mod-gearman/config";
import type { TlsSettings } from "@mod-gearman/server";
import type { World } from "./world.ts";

/** Files of a listener with TLS. */
export interface TlsFiles {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly requireClientCertificate: boolean;
}

/** TLS on the port of `--port`, undefined without `--ssl`. */
export function tlsOf(options: GearmandOptions, { files }: Pick<World, "files">): TlsSettings | undefined {
  return options.ssl ? tlsSettings(commonTlsFiles(options), (path) => files.readFile(path)) : undefined;
}

/** Those of `--ssl-…`. */
export function commonTlsFiles(options: GearmandOptions): TlsFiles {
  return {
    certificate: options.sslCertificate,
    key: options.sslKey,
    ca: options.sslCaFile,
    requireClientCertificate: options.sslRequireClientCert,
  };
}

/** TLS with these files, which are read at the start and at SIGHUP. */
export function tlsSettings(files: TlsFiles, readFile: (path: string) => Buffer): TlsSettings {
  const read = (what: string, path: string): Buffer => {
    try {
      return readFile(path);
    } catch (cause) {
      throw new Error(`cannot read the ${what} file ${path}: ${reasonOf(cause)}`, { cause });
    }
  };
  const needed = (what: string, path: string | undefined): Buffer => {
    if (path === undefined) throw new Error(`no ${what} is given`);
    return read(what, path);
  };
  return {
    requireClientCertificate: files.requireClientCertificate,
    load: () => ({
      certificate: needed("certificate", files.certificate),
      key: needed("key", files.key),
      ...omitUndefined({ ca: files.ca === undefined ? undefined : read("authorities", files.ca) }),
    }),
  };
}
