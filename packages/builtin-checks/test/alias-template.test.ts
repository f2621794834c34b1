import { describe, expect, test } from "vitest";
import { parseTemplate } from "../src/alias-template.ts";

const labels = new Map([
  ["instance", "h:9"],
  ["job", "näüm"],
  ["q", 'a"b'],
  ["xvalue", "1"],
]);
const fill = (source: string) => parseTemplate(source)(labels);

// recorded with check_prometheus 0.0.7 and the same labels
test.for<[source: string, result: string]>([
  ["", ""],
  ["plain }} text", "plain }} text"],
  ["Host {{.instance}} {{.nope}} {{ .job }}", "Host h:9 <no value> näüm"],
  ["{{.}}", 'map[instance:h:9 job:näüm q:a"b xvalue:1]'],
  ['{{if eq .xvalue "1"}}UP{{else}}DOWN{{end}}.', "UP."],
  ['{{if eq .xvalue "2"}}a{{else if ne .job "x"}}b{{end}}', "b"],
  ['{{if eq .nope "1"}}a{{end}}', ""],
  ["{{if .nope}}a{{else}}b{{end}}", "b"],
  ["{{.a.b}}", "<no value>"],
  ["a {{- .job -}} b", "anäümb"],
  ["a {{- /* c */ -}} b", "ab"],
  ['{{printf "%s-%v-%q" .job .instance .q}}', 'näüm-h:9-"a\\"b"'],
  ['{{len .job}} {{index . "job"}} {{index . "zz"}}|', "6 näüm |"],
  ['{{print "a" .job 1}} {{print 1 2}}', "anäüm1 1 2"],
  ['{{println "a"}}x', "a\nx"],
  ['{{.job | printf "%s!"}}', "näüm!"],
  ['{{if and (eq .xvalue "1") (or (lt .job "a") (gt .job "b"))}}y{{end}}', "y"],
  ["{{not .job}} {{true}} {{1.5}}", "false true 1.5"],
  ["{{eq .job `x` `näüm`}}", "true"],
  ["{{.job}}{{/*c*/}}", "näüm"],
  ['{{"a\\tb"}}', "a\tb"],
  ['{{"}}"}}', "}}"],
  ["{{.job -}}  z", "näümz"],
  ["{{-1}}", "-1"],
  ['{{if ge .xvalue "1"}}{{if le .xvalue "0"}}a{{else}}b{{end}}{{end}}', "b"],
])("%s", ([source, result]) => expect(fill(source)).toBe(result));

describe("refuses", () => {
  test.for([
    "{{",
    "{{end}}",
    "{{else}}",
    "{{if .x}}",
    "{{if .x}}{{else}}{{else}}{{end}}",
    "{{}}",
    "{{foo .x}}",
    "{{range .}}x{{end}}",
    "{{$x := 1}}",
    "{{eq .xvalue 1}}",
    "{{eq .job}}",
    "{{lt .nope .job}}",
    "{{.job .job}}",
    "{{.job.more}}",
    "{{-.job}}",
    '{{"a}}',
    '{{"\\z"}}',
    "{{(.job}}",
    '{{printf "%5s" .job}}',
    '{{printf "%d" .job}}',
    "{{if .x}}".repeat(60) + "{{end}}".repeat(60),
    `{{${"(".repeat(60)}.job${")".repeat(60)}}}`,
  ])("%s", (source) => {
    expect(() => fill(source)).toThrow(expect.objectContaining({ code: "BAD_TEMPLATE" }));
  });
});
