import { isResourceShortage } from "@mod-gearman/base";
import type { BuiltinCall, BuiltinResult } from "./builtin-check.ts";
import { formatSeconds } from "./go-format.ts";
import { HttpError } from "./http-error.ts";
import { type HttpAnswer, type HttpRequest, httpRequest } from "./http-request.ts";
import { AnswerError, answerJson, parseAnswer, printAnswer } from "./nsc-web-answer.ts";
import { type NscWebOptions, nscWebOptions, UsageError } from "./nsc-web-options.ts";
import { readSmallFile } from "./small-file.ts";
import { stateName } from "./states.ts";
import { tlsContext } from "./tls-context.ts";

const UNKNOWN = 3;
const OK_STATUS = 200;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const SECRET_HEADERS = new Set(["password", "authorization"]);

/**
 * Asks an NSClient++ or SNClient agent for a check result. Every call has its own connection and settings.
 *
 * @throws an error with the `code` of a resource shortage if the machine is the cause
 * Source: worker.md 6; `check_nsc_web: pkg/checknscweb/check.go`.
 */
export async function checkNscWeb({ args, env, signal }: BuiltinCall): Promise<BuiltinResult> {
  try {
    const options = await nscWebOptions(args, env);
    const request = { ...(await toRequest(options)), signal };
    const result = await ask(options, request);
    return options.verbose ? withDump(dumpRequest(request, options), result) : result;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { returnCode: UNKNOWN, output: Buffer.from(error.message) };
  }
}

async function ask(options: NscWebOptions, request: HttpRequest): Promise<BuiltinResult> {
  const { errorState, timeoutState, timeoutSeconds } = options;
  let answer: HttpAnswer;
  try {
    answer = await httpRequest(request);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const text = failureText(options, request.url, error);
    if (error.code !== "TIMEOUT") return printed(errorState, `${stateName(errorState)} - ${text}`);
    const span = formatSeconds(timeoutSeconds);
    const first = `${stateName(timeoutState)} - check timed out after ${span} ( ${shownUrl(options)} )`;
    return printed(timeoutState, `${first}\n${text} (Client.Timeout exceeded while awaiting headers)`);
  }
  const result = judgeAnswer(options, answer);
  return options.verbose ? withDump(dumpAnswer(answer), result) : result;
}

/** Flags whose values name the server; see `NscWebOptions.fromFile`. */
const NAMING = ["u", "tlshostname"];

/** The closing quote is lost with the path, as in the original program. */
function failureText({ fromFile }: NscWebOptions, url: URL, error: HttpError): string {
  if (NAMING.some((name) => fromFile.has(name))) return `Get "...: ${error.reason}`;
  return `Get "${url.protocol}//${url.host}/...: ${error.message}`;
}

function shownUrl({ url, fromFile }: NscWebOptions): string {
  return fromFile.has("u") ? "the URL in the configuration file" : url;
}

function printed(returnCode: number, text: string): BuiltinResult {
  return { returnCode, output: Buffer.from(text) };
}

function withDump(dump: string, { returnCode, output }: BuiltinResult): BuiltinResult {
  return { returnCode, output: Buffer.concat([Buffer.from(dump), output]) };
}

function judgeAnswer(options: NscWebOptions, { status, statusLine, body }: HttpAnswer): BuiltinResult {
  const { errorState, json, raw, query } = options;
  if (status !== OK_STATUS) {
    return printed(errorState, `RESPONSE-ERROR: http request failed: ${statusLine}`);
  }
  if (raw) return { returnCode: 0, output: body };
  if (query.length === 0)
    return printed(0, `OK - REST API reachable on ${shownUrl(options)}${json ? `\n${body}` : ""}`);
  try {
    const answer = parseAnswer(body, options.isV1);
    if (json) return printed(0, answerJson(answer));
    return printed(answer.result, printAnswer(answer, options.floatDigits));
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    return printed(errorState, `${stateName(errorState)} - ${error.message}`);
  }
}

/** @throws UsageError */
async function toRequest(options: NscWebOptions): Promise<Omit<HttpRequest, "signal">> {
  const { login, password, timeoutSeconds, tlsServerName, insecure } = options;
  const url = toUrl(options);
  const basic = Buffer.from(`${login}:${password}`).toString("base64");
  const credentials: Record<string, string> =
    options.isV1 && login !== ""
      ? { Authorization: `Basic ${basic}` }
      : { Password: Buffer.from(password).toString("latin1") };
  return {
    method: "GET",
    maxBodyBytes: MAX_BODY_BYTES,
    url,
    headers: { ...credentials, "X-Nsc-Web-Timeout": timeoutSeconds.toFixed(2) },
    tls: { context: await toContext(options), insecure, serverName: tlsServerName },
    timeoutMs: timeoutSeconds === 0 ? undefined : timeoutSeconds * 1000,
  };
}

/** @throws UsageError */
async function toContext({ certFile, keyFile, caFile, tlsMin, tlsMax, fromFile }: NscWebOptions) {
  if (certFile !== undefined && keyFile === undefined) {
    throw new UsageError("UNKNOWN - -K is required when using -C");
  }
  const pem = (path: string, flag: string) =>
    readSmallFile(path).catch((error: NodeJS.ErrnoException) => {
      if (isResourceShortage(error.code)) throw error;
      const why = fromFile.has(flag)
        ? `of -${flag}: ${error.code ?? error.message}`
        : `${path}: ${error.message}`;
      throw new UsageError(`UNKNOWN - readfile ${why}`);
    });
  const ca = caFile === undefined ? undefined : await pem(caFile, "ca");
  const clientCertificate =
    certFile === undefined || keyFile === undefined
      ? undefined
      : { cert: await pem(certFile, "C"), key: await pem(keyFile, "K") };
  const settings = { minVersion: tlsMin, maxVersion: tlsMax, ca, clientCertificate };
  const context = () => tlsContext(settings);
  if (ca === undefined && clientCertificate === undefined) return context;
  try {
    context(); // files that are not PEM are reported before a connection is made
    return context;
  } catch (error) {
    // the reason of OpenSSL comes from its own tables, never from the file
    const { reason } = error as { reason?: string };
    throw new UsageError(`UNKNOWN - tls: ${reason ?? "neither a certificate nor a key"}`);
  }
}

/** @throws UsageError */
function toUrl({ url: text, isV1, raw, query, fromFile }: NscWebOptions): URL {
  const url = URL.parse(text);
  if (url === null) throw new UsageError("UNKNOWN - url.Parse: invalid URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const given = fromFile.has("u") ? "" : ` "${url.protocol.slice(0, -1)}"`;
    throw new UsageError(`UNKNOWN - unsupported protocol scheme${given}`);
  }
  const [command, ...parameters] = query;
  if (raw) {
    if (query.length > 0) throw new UsageError("UNKNOWN - no arguments supported in passthrough mode");
  } else if (command === undefined) {
    if (!url.pathname.endsWith("/")) url.pathname += "/";
  } else {
    const base = url.pathname.replace(/\/$/, "");
    const name = escapePath(command);
    url.pathname = isV1 ? `${base}/api/v1/queries/${name}/commands/execute` : `${base}/query/${name}`;
  }
  if (parameters.length > 0) url.search = parameters.map(escapeParameter).join("&");
  return url;
}

function escapePath(text: string): string {
  return encodeURI(text.toWellFormed()).replace(/[?#!'()*]/g, percent);
}

function escapeParameter(text: string): string {
  const equals = text.indexOf("=");
  if (equals < 0) return escapeQuery(text);
  return `${escapeQuery(text.slice(0, equals))}=${escapeQuery(text.slice(equals + 1))}`;
}

function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, percent)
    .replaceAll("%20", "+");
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Without credentials and values from the file of `-config`: the output of a check is widely visible. */
function dumpRequest({ url, headers }: HttpRequest, { fromFile }: NscWebOptions): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${SECRET_HEADERS.has(name.toLowerCase()) ? "***" : value}`,
  );
  const path = fromFile.has("u") || fromFile.has("query") ? "***" : `${url.pathname}${url.search}`;
  const host = fromFile.has("u") ? "***" : url.host;
  const head = [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines].join("\n");
  return `>>>>>>REQUEST:\n${head}\n\n>>>>>>\n`;
}

function dumpAnswer({ statusLine, httpVersion, rawHeaders, body }: HttpAnswer): string {
  const headers: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    headers.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `<<<<<<RESPONSE:\n${[`HTTP/${httpVersion} ${statusLine}`, ...headers].join("\n")}\n\n${body}\n<<<<<<\n`;
}
