import { type AdminRoute, reply } from "./endpoint.ts";

/**
 * 200 while a program can do its work, otherwise 503.
 *
 * @param problem in a few words, undefined if there is none
 */
export function healthRoute(problem: () => string | undefined): AdminRoute {
  return {
    serve: (_request, response) => {
      const text = problem();
      reply(response, text === undefined ? 200 : 503, "text/plain", `${text ?? "ok"}\n`);
    },
  };
}
