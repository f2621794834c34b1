import manifest from "../package.json" with { type: "json" };

/** Version of this program; clients hear it as the answer to `version`. */
export const VERSION: string = manifest.version;
