/** The scripts are JavaScript without declarations. */
export async function releaseScript<T>(name: string): Promise<T> {
  return (await import(new URL(`../../release/${name}.mjs`, import.meta.url).href)) as T;
}

/** A thing that is installed; the same as in scripts/release/layout.mjs. */
export interface Entry {
  readonly package: string;
  readonly kind: "file" | "config" | "link" | "gzip" | "dir";
  readonly to: string;
  readonly from?: string;
  readonly target?: string;
  readonly mode?: number;
}

export type Format = "deb" | "rpm" | "prefix";

/** The same as in scripts/release/programs.mjs. */
export interface Program {
  readonly app: string;
  readonly command: string;
  readonly package: string;
  readonly addon: boolean;
  readonly sbin: boolean;
}
