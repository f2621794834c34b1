import manifest from "../package.json" with { type: "json" };

/** Version of this program; sent as the answer to `version`. */
export const VERSION: string = manifest.version;
