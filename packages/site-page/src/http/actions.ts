import type { IncomingMessage } from "node:http";
import { type AdminRoute, type PageAnswer, readBody } from "@mod-gearman/admin-http";
import { type Clock, type Logger, oneLine } from "@mod-gearman/base";
import { type Refusal, refusedOrigin, refusedToken } from "./guard.ts";
import type { OtherListeners } from "./other-listeners.ts";
import { respond } from "./respond.ts";
import { isSigned, SignatureCheck } from "./signed-request.ts";

/** What was done, for viewer and log; `data` goes to the viewer in its place, and never to the log. */
export interface Done {
  readonly text: string;
  readonly data: object;
}

/** What the page can have done. The values come from the request: texts that are checked where it is done. */
export type Perform = (values: Readonly<Record<string, string>>) => string | Done | Promise<string | Done>;

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
  readonly clock: Pick<Clock, "wallMs">;
  /** An action with one of their names as `server` is theirs. */
  readonly others: Pick<OtherListeners, "has" | "forward">;
}

const MOST_BODY_BYTES = 4096;
const MOST_VALUE = 512;
const MOST_LOGGED = 300;
const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const WHO_HEADERS = ["x-remote-user", "x-forwarded-user", "x-forwarded-for"] as const;

/** Names of the actions that are allowed. */
export function allowedActions({ actions, token }: Pick<ActionSettings, "actions" | "token">): string[] {
  return token === undefined ? [] : Object.keys(actions);
}

/** `POST api/actions` with JSON `{ "action": NAME, … }` and the token. Each one is logged with who and what. */
export function actionRoute(settings: ActionSettings): AdminRoute {
  const signatures = new SignatureCheck(settings.clock);
  return {
    methods: ["POST"],
    serve: async (request, response) => {
      const { status, contentType, text } = await answer(request, settings, signatures);
      if (!request.complete) response.setHeader("connection", "close"); // the rest of the body is not read
      await respond(request, response, status, contentType, `${text.trimEnd()}\n`);
    },
  };
}

const said = (status: number, text: string): PageAnswer => ({ status, contentType: TEXT, text });

async function answer(
  request: IncomingMessage,
  settings: ActionSettings,
  signatures: SignatureCheck,
): Promise<PageAnswer> {
  const { token, names, logger } = settings;
  if (token === undefined) return said(403, "actions need --admin-token-file");
  const { authorization, "content-type": type = "" } = request.headers;
  const refuse = ({ status, text }: Refusal): PageAnswer => {
    logger.warn(`page: refused an action of ${whoOf(request)}: ${text.trimEnd()}`);
    return said(status, text);
  };
  const wasSigned = isSigned(authorization);
  const refusal = refusedOrigin(request, names) ?? (wasSigned ? undefined : refusedToken(request, token));
  if (refusal !== undefined) return refuse(refusal);
  if (!/^application\/json\b/.test(type)) return said(415, "an action is JSON");
  const body = (await readBody(request, MOST_BODY_BYTES))?.toString("utf8");
  const refusedLater = wasSigned && signatures.refused(authorization ?? "", body ?? "", token);
  if (refusedLater) return refuse(refusedLater);
  const values = readValues(body);
  if (values === undefined) return said(400, "an action is a JSON object of short texts");
  return perform({ values, request, wasForwarded: wasSigned }, { ...settings, token });
}

/** An action that is allowed. */
interface Asked {
  readonly values: Readonly<Record<string, string>>;
  readonly request: IncomingMessage;
  /** Comes from the page of another program. */
  readonly wasForwarded: boolean;
}

type Allowed = ActionSettings & { readonly token: string };

async function perform(asked: Asked, settings: Allowed): Promise<PageAnswer> {
  const { action = "", ...given } = asked.values;
  const { actions, others, logger } = settings;
  const own = Object.hasOwn(actions, action) ? actions[action] : undefined;
  const { server } = given;
  const other = !asked.wasForwarded && server !== undefined && others.has(server) ? server : undefined;
  const line = `page: ${whoOf(asked.request)}: ${oneLine(`${action} ${JSON.stringify(given)}`, MOST_LOGGED)}`;
  try {
    if (other !== undefined) return await forward(other, asked, settings, line);
    if (own === undefined) return said(404, "there is no such action here");
    return answerOf(await own(given), logger, line);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    logger.warn(`${line} failed: ${oneLine(text, MOST_LOGGED)}`);
    return said(error instanceof ActionRefused ? 409 : other === undefined ? 500 : 502, text);
  }
}

function answerOf(done: string | Done, logger: ActionSettings["logger"], line: string): PageAnswer {
  const { text, data } = typeof done === "string" ? { text: done, data: undefined } : done;
  logger.info(`${line}: ${oneLine(text, MOST_LOGGED)}`);
  return data === undefined
    ? said(200, text)
    : { status: 200, contentType: JSON_TYPE, text: JSON.stringify(data) };
}

/** Has another program do it. Data, such as payloads, are not logged. */
async function forward(
  other: string,
  { values, request }: Asked,
  { others, token, clock, logger }: Allowed,
  line: string,
): Promise<PageAnswer> {
  const headers = forwardedHeaders(request);
  const answered = await others.forward(other, { values, token, clock, headers });
  const { status, contentType, text } = answered;
  const what = contentType.startsWith("text/plain") ? oneLine(text.trimEnd(), MOST_LOGGED) : "data were sent";
  if (status === 200) logger.info(`${line}: ${what}`);
  else logger.warn(`${line} failed: ${what}`);
  return { status, contentType: contentType.startsWith("text/plain") ? TEXT : JSON_TYPE, text };
}

/** Address of the peer, and what a reverse proxy says about the user; anyone with the token could say that too. */
function whoOf({ socket, headers }: IncomingMessage): string {
  const names = WHO_HEADERS.flatMap((name) =>
    headers[name] === undefined ? [] : [`${name} ${oneLine(String(headers[name]), MOST_LOGGED)}`],
  );
  return `${socket.remoteAddress ?? "-"}${names.length === 0 ? "" : ` (${names.join(", ")})`}`;
}

/** The same for the log of another program. */
function forwardedHeaders({ socket, headers }: IncomingMessage): Record<string, string> {
  const known = WHO_HEADERS.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, String(headers[name]).slice(0, MOST_LOGGED)] as const],
  );
  return { "x-forwarded-for": socket.remoteAddress ?? "-", ...Object.fromEntries(known) };
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
