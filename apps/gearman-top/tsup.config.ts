import app from "../../tsup.app.ts";

/** Unlike the other programs in two parts: Ink and React are loaded only for the screen, never for batch mode. */
export default app({
  splitting: true,
  // Ink asks for React's developer tools when DEV is set; they are no part of this program
  noExternal: [/^(?!react-devtools-core)/],
  external: ["react-devtools-core"],
  env: { NODE_ENV: "production" },
});
