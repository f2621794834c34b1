export {
  BUILTIN_DESCRIPTIONS,
  type BuiltinCall,
  type BuiltinCheck,
  type BuiltinResult,
  builtinCheckOf,
  type EnabledChecks,
} from "./builtin-check.ts";
export { checkDummy } from "./check-dummy.ts";
export { applyNegate, isNegate, type Negate, type NegatedCommand, readNegate } from "./negate.ts";
export { runBuiltinCheck } from "./run-builtin-check.ts";
