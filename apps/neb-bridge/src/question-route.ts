import { type AdminRoute, readBody, reply } from "@mod-gearman/admin-http";
import { MAX_QUESTION_BYTES, OVERHEAD_BYTES } from "@mod-gearman/crypto";
import type { QuestionDesk } from "./question-desk.ts";

const MOST_BYTES = MAX_QUESTION_BYTES + OVERHEAD_BYTES;
const PROBLEMS = {
  "no-key": { status: 404, text: "this site has no key, so no question is answered\n" },
  refused: { status: 403, text: "the question is not sealed under the key of this site\n" },
} as const;

/** `POST api/question`: a sealed question, a sealed answer; with `?form` it says the form of the job, too. Source: envelope-v2.md 15. */
export function questionRoute(desk: QuestionDesk): AdminRoute {
  return {
    methods: ["POST"],
    serve: async (request, response) => {
      const body = await readBody(request, MOST_BYTES);
      if (!request.complete) response.setHeader("connection", "close"); // the rest of the body is not read
      const answer = body === undefined ? "refused" : desk.answer(body, wantsForm(request.url));
      if (typeof answer === "string") {
        const { status, text } = PROBLEMS[answer];
        reply(response, status, "text/plain", text);
        return;
      }
      response.writeHead(200, { "content-type": "application/octet-stream", "cache-control": "no-store" });
      response.end(answer);
    },
  };
}

const wantsForm = (url = ""): boolean => new URL(url, "http://localhost").searchParams.has("form");
