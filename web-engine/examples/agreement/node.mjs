// Answers calls, one a line on standard input as [call, argument], one answer a line.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [glue, module] = process.argv.slice(2);
const { initSync, Engine } = await import(pathToFileURL(glue));
initSync({ module: await readFile(module) });
const engine = new Engine();

let rest = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) {
  // Not by readline, which takes U+2028 for the end of a line.
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  let answers = "";
  for (const line of lines) {
    const [call, argument] = JSON.parse(line);
    answers += engine.ask(call, argument) + "\n";
  }
  if (answers && !process.stdout.write(answers)) {
    await once(process.stdout, "drain");
  }
}
