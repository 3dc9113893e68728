import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../src/program";

const NONE = { path: "", arguments: [] };
const nowhere = () => false;

test("takes the program on PATH where nothing else is known", () => {
  assert.deepEqual(start(NONE, ["/a"], true, nowhere, "linux"), {
    command: "gravity-lint",
    args: ["server"],
  });
});

test("takes the program of the first folder that has one", () => {
  const there = new Set(["/b/.venv/bin/gravity-lint", "/c/.venv/bin/gravity-lint"]);
  const found = start(NONE, ["/a", "/b", "/c"], true, (file) => there.has(file), "linux");
  assert.equal(found.command, "/b/.venv/bin/gravity-lint");
});

test("runs nothing out of a folder that is not trusted", () => {
  assert.equal(start(NONE, ["/a"], false, () => true, "linux").command, "gravity-lint");
});

test("finds what Windows calls it", () => {
  const file = "C:\\a\\venv\\Scripts\\gravity-lint.exe";
  assert.equal(start(NONE, ["C:\\a"], true, (path) => path === file, "win32").command, file);
});

test("does as it is told", () => {
  const settings = { path: "tools/gravity-lint", arguments: ["--ignore", "GRV9"] };
  assert.deepEqual(start(settings, ["/a"], true, nowhere, "linux"), {
    command: "/a/tools/gravity-lint",
    args: ["server", "--ignore", "GRV9"],
  });
  const absolute = { path: "/opt/gravity-lint", arguments: [] };
  assert.equal(start(absolute, ["/a"], true, nowhere, "linux").command, "/opt/gravity-lint");
});
