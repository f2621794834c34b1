import app from "../../tsup.app.ts";

/**
 * Two bundles, unlike the other programs: Ink and React are loaded for the screen only, never for batch mode.
 */
export default app({
  splitting: true,
  // Ink imports React's developer tools if DEV is set; they are not part of this program
  noExternal: [/^(?!react-devtools-core)/],
  external: ["react-devtools-core"],
  env: { NODE_ENV: "production" },
});
