// What the first screens load, gzipped: everything index.html names, the frame, and the login or Home with their texts.
// Fails above the limit. Fonts and images are not counted. Run after `npm run build`.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 220;
const dist = process.argv[2] ?? "dist";
const manifestPath = join(dist, ".vite/manifest.json");
if (!existsSync(manifestPath)) {
  console.error(`${manifestPath} is missing: run "npm run build" first.`);
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(manifestPath, "utf8"));

/** The files of a chunk and of everything it imports at once (lazy imports excluded). */
function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the manifest: was it renamed? Mend scripts/size.mjs.`);
  if (seen.has(key)) return [];
  seen.add(key);
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((next) => filesOf(next, seen))];
}

const texts = (language, ...names) => names.map((name) => `src/locales/${language}/${name}.json`);
const screens = {
  login: ["index.html", "src/session/LoginScreen.tsx", ...texts("nb", "common", "session")],
  home: ["index.html", "src/shell/Shell.tsx", "src/home/HomeScreen.tsx", ...texts("nb", "common", "home", "events")],
};

let isTooBig = false;
for (const [screen, entries] of Object.entries(screens)) {
  const files = new Set([...entries.flatMap((entry) => filesOf(entry)), "color-scheme.js"]);
  const sizes = [...files].map((file) => [file, gzipSync(readFileSync(join(dist, file))).length]).sort((a, b) => b[1] - a[1]);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0) / 1000;
  console.log(`${screen}: ${total.toFixed(1)} kB gzipped of at most ${LIMIT_KB}`);
  for (const [file, bytes] of sizes) console.log(`  ${(bytes / 1000).toFixed(1).padStart(7)} kB  ${file}`);
  isTooBig ||= total > LIMIT_KB;
}
if (isTooBig) {
  console.error("Too big: split what the first screen does not need, or drop it.");
  process.exit(1);
}
