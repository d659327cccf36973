import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const VIRTUAL = "virtual:mantine-styles";
const COMPONENT_CLASSES = /@mantine\/core\/esm\/(?:components|utils)\/.*\/([A-Za-z]+)\.module\.mjs$/;

/**
 * Ships the stylesheet of each Mantine component with the chunk that uses it.
 *
 * All styles together are 42 kB gzipped, a fifth of what a first load may weigh; naming each component's file by
 * hand beside each use gets forgotten. Mantine keeps one `X.module.mjs` per component that maps class names, and
 * `styles/X.css` holds its rules: importing the second from the first gives the order of the component tree.
 * The development server bundles dependencies beforehand, so there everything is loaded at once.
 */
export function mantineStyles(): Plugin {
  const root = dirname(createRequire(import.meta.url).resolve("@mantine/core/styles.css"));
  let isBuild = false;
  return {
    name: "mantine-styles",
    enforce: "pre",
    configResolved(config) {
      isBuild = config.command === "build";
    },
    resolveId(id) {
      return id === VIRTUAL ? `\0${VIRTUAL}` : null;
    },
    load(id) {
      if (id !== `\0${VIRTUAL}`) return null;
      const files = isBuild
        ? ["styles/baseline.css", "styles/default-css-variables.css", "styles/global.css"]
        : ["styles.css"];
      return { code: files.map((file) => `import "@mantine/core/${file}";`).join("\n"), moduleSideEffects: true };
    },
    transform(code, id) {
      const name = isBuild ? COMPONENT_CLASSES.exec(id)?.[1] : undefined;
      if (!name) return null;
      if (!existsSync(join(root, "styles", `${name}.css`))) {
        this.error(`Mantine has no styles/${name}.css for ${id}: its layout changed, see mantine-styles.ts`);
      }
      return { code: `import "@mantine/core/styles/${name}.css";\n${code}`, map: null, moduleSideEffects: true };
    },
  };
}
