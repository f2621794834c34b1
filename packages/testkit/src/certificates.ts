import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SkippableTestContext } from "./test-context.ts";
import { tmpFolder } from "./tmp-folder.ts";

const DAYS = 30;
const EXPIRED = -1;

/** A certificate and its key, PEM files. */
export interface TestCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** Makes certificates with `openssl`, in a folder that is removed with the test. */
export class TestCertificates {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Of an authority, signed by itself. */
  authority(name: string): TestCertificate {
    const [keyFile, certificateFile] = [this.#path(`${name}.key`), this.#path(`${name}.pem`)];
    const files = ["-keyout", keyFile, "-out", certificateFile];
    this.#openssl("req", "-x509", ...NEW_KEY, ...files, "-days", String(DAYS), "-subj", `/CN=${name}`);
    return read(certificateFile, keyFile);
  }

  /**
   * For `localhost` and 127.0.0.1, signed by `authority`, with `name` as common name.
   *
   * @param names further subject alternative names, as `DNS:one` or `URI:spiffe://x/y`
   */
  signed(
    name: string,
    authority: TestCertificate,
    { isExpired = false, names = [] }: { isExpired?: boolean; names?: readonly string[] } = {},
  ): TestCertificate {
    const [keyFile, certificateFile] = [this.#path(`${name}.key`), this.#path(`${name}.pem`)];
    const [request, extensions] = [this.#path(`${name}.csr`), this.#path(`${name}.ext`)];
    writeFileSync(extensions, `subjectAltName=${["DNS:localhost", "IP:127.0.0.1", ...names].join(",")}\n`);
    this.#openssl("req", ...NEW_KEY, "-keyout", keyFile, "-out", request, "-subj", `/CN=${name}`);
    const by = ["-CA", authority.certificateFile, "-CAkey", authority.keyFile, "-CAcreateserial"];
    const days = ["-days", String(isExpired ? EXPIRED : DAYS)];
    this.#openssl(
      "x509",
      "-req",
      "-in",
      request,
      ...by,
      ...days,
      "-extfile",
      extensions,
      "-out",
      certificateFile,
    );
    return read(certificateFile, keyFile);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #openssl(...args: readonly string[]): void {
    execFileSync("openssl", args, { stdio: "pipe" });
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function read(certificateFile: string, keyFile: string): TestCertificate {
  return {
    ...{ certificateFile, keyFile },
    certificate: readFileSync(certificateFile),
    key: readFileSync(keyFile),
  };
}

/** Certificates for a test; without `openssl` it is skipped, or fails in CI. */
export function testCertificates(context: SkippableTestContext): TestCertificates {
  try {
    execFileSync("openssl", ["version"], { stdio: "pipe" });
  } catch (cause) {
    if (process.env.CI) throw cause;
    context.skip("no openssl on PATH (Debian: package openssl)");
  }
  return new TestCertificates(tmpFolder(context));
}
