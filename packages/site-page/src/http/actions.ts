import type { IncomingMessage } from "node:http";
import type { AdminRoute } from "@mod-gearman/admin-http";
import { type Logger, oneLine } from "@mod-gearman/base";
import { refusedOrigin, refusedToken } from "./guard.ts";
import { respond } from "./respond.ts";

/** What the page can have done. The values come from the request: texts that are checked where it is done. */
export type Perform = (values: Readonly<Record<string, string>>) => string | Promise<string>;

/** Something was not done, for a reason that the viewer may read. */
export class ActionRefused extends Error {
  override readonly name: string = "ActionRefused";
}

export interface ActionSettings {
  /** By name. */
  readonly actions: Readonly<Record<string, Perform>>;
  /** Undefined: nothing is allowed. */
  readonly token: string | undefined;
  readonly names: ReadonlySet<string>;
  readonly logger: Pick<Logger, "info" | "warn">;
}

const MOST_BODY_BYTES = 4096;
const MOST_VALUE = 512;
const MOST_LOGGED = 300;
const TEXT = "text/plain; charset=utf-8";

/** Names of the actions that are allowed. */
export function allowedActions({ actions, token }: Pick<ActionSettings, "actions" | "token">): string[] {
  return token === undefined ? [] : Object.keys(actions);
}

/** `POST api/actions` with JSON `{ "action": NAME, … }` and the token. Each one is logged with who and what. */
export function actionRoute(settings: ActionSettings): AdminRoute {
  return {
    methods: ["POST"],
    serve: async (request, response) => {
      const { status, text } = await answer(request, settings);
      if (!request.complete) response.setHeader("connection", "close"); // the rest of the body is not read
      await respond(request, response, status, TEXT, `${text.trimEnd()}\n`);
    },
  };
}

async function answer(
  request: IncomingMessage,
  { actions, token, names, logger }: ActionSettings,
): Promise<{ status: number; text: string }> {
  if (token === undefined) return { status: 403, text: "actions need --admin-token-file" };
  const refusal = refusedOrigin(request, names) ?? refusedToken(request, token);
  if (refusal !== undefined) {
    logger.warn(`page: refused an action of ${whoOf(request)}: ${refusal.text.trimEnd()}`);
    return refusal;
  }
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    return { status: 415, text: "an action is JSON" };
  const values = readValues(await readBody(request));
  if (values === undefined) return { status: 400, text: "an action is a JSON object of short texts" };
  const { action = "", ...given } = values;
  const perform = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (perform === undefined) return { status: 404, text: "there is no such action here" };
  const what = oneLine(`${action} ${JSON.stringify(given)}`, MOST_LOGGED);
  try {
    const text = await perform(given);
    logger.info(`page: ${whoOf(request)}: ${what}: ${oneLine(text, MOST_LOGGED)}`);
    return { status: 200, text };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    logger.warn(`page: ${whoOf(request)}: ${what} failed: ${oneLine(text, MOST_LOGGED)}`);
    return { status: error instanceof ActionRefused ? 409 : 500, text };
  }
}

/** Address of the peer, and what a reverse proxy says about the user; anyone with the token could say that too. */
function whoOf({ socket, headers }: IncomingMessage): string {
  const said = ["x-remote-user", "x-forwarded-user", "x-forwarded-for"].flatMap((name) =>
    headers[name] === undefined ? [] : [`${name} ${oneLine(String(headers[name]), MOST_LOGGED)}`],
  );
  return `${socket.remoteAddress ?? "-"}${said.length === 0 ? "" : ` (${said.join(", ")})`}`;
}

/** Undefined: too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function readValues(body: string | undefined): Record<string, string> | undefined {
  if (body === undefined) return undefined;
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const entries = Object.entries(given);
  if (!entries.every(([, value]) => typeof value === "string" && value.length <= MOST_VALUE))
    return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
}
