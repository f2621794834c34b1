import tool from "../../tsup.tool.ts";

export default tool(["self-test", "worker-check"]);
