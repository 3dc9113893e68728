// Tells what the rules of Optic call breaking. Reads pairs of OpenAPI documents from the standard
// input, prints for each pair the operation, the part and the rule of every break.
const { diff } = require("@useoptic/openapi-utilities");
const { RuleRunner } = require("@useoptic/rulesets-base");
const { BreakingChangesRuleset } = require("@useoptic/standard-rulesets");
const { readFileSync } = require("node:fs");

// The rules want documents without references.
function written(document) {
  const follow = (value, seen) => {
    if (Array.isArray(value)) return value.map((item) => follow(item, seen));
    if (value === null || typeof value !== "object") return value;
    if (typeof value.$ref !== "string") {
      return Object.fromEntries(Object.entries(value).map(([key, x]) => [key, follow(x, seen)]));
    }
    if (seen.includes(value.$ref)) return {};
    const found = value.$ref.slice(2).split("/").reduce((part, key) => part[key], document);
    return follow(found, [...seen, value.$ref]);
  };
  return { ...document, paths: follow(document.paths, []), components: {} };
}

async function breaks(runner, [one, other]) {
  const [fromSpec, toSpec] = [written(one), written(other)];
  for (const path of Object.keys(fromSpec.paths)) {
    if (JSON.stringify(fromSpec.paths[path]) === JSON.stringify(toSpec.paths[path])) {
      delete fromSpec.paths[path]; // what is the same has no difference, and takes its time
      delete toSpec.paths[path];
    }
  }
  const inputs = { context: {}, diffs: diff(fromSpec, toSpec), fromSpec, toSpec };
  const results = (await runner.runRules(inputs)).filter((row) => !row.passed && !row.exempted);
  return results.map(({ where, name }) => ({ where, name }));
}

async function main() {
  const runner = new RuleRunner([new BreakingChangesRuleset()]);
  const found = [];
  for (const pair of JSON.parse(readFileSync(0, "utf8"))) found.push(await breaks(runner, pair));
  process.stdout.write(JSON.stringify(found));
}

main();
