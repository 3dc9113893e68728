/** Which program is started for a window, and how. Knows nothing of the editor. */

import * as path from "node:path";

export interface Settings {
  /** The program as the user has set it; empty: look for it. */
  path: string;
  /** Further arguments of the command. */
  arguments: readonly string[];
}

export interface Start {
  command: string;
  args: string[];
}

const ENVIRONMENTS = [".venv", "venv", "env"];

/**
 * Say how the server is started for `folders`, the first of which comes first.
 *
 * `exists` tells whether there is a file at a path. A program in a folder's own environment is
 * taken only where the user trusts the folders: it would be run.
 */
export function start(
  settings: Settings,
  folders: readonly string[],
  trusted: boolean,
  exists: (file: string) => boolean,
  platform: NodeJS.Platform = process.platform,
): Start {
  return {
    command: program(settings.path, folders, trusted, exists, platform),
    args: ["server", ...settings.arguments],
  };
}

function program(
  given: string,
  folders: readonly string[],
  trusted: boolean,
  exists: (file: string) => boolean,
  platform: NodeJS.Platform,
): string {
  const places = platform === "win32" ? path.win32 : path.posix;
  const name = platform === "win32" ? "gravity-lint.exe" : "gravity-lint";
  const bin = platform === "win32" ? "Scripts" : "bin";
  if (given !== "") {
    const first = folders[0];
    return places.isAbsolute(given) || !given.includes("/") || first === undefined
      ? given
      : places.join(first, given);
  }
  if (trusted) {
    for (const folder of folders) {
      for (const environment of ENVIRONMENTS) {
        const file = places.join(folder, environment, bin, name);
        if (exists(file)) {
          return file;
        }
      }
    }
  }
  return name;
}
