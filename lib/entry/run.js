// The first file that any Node reads, so plain JavaScript: an old Node must be able to say that it is too old.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const [name = ''] = process.argv.slice(2);
const file = new URL(`./${name}.ts`, import.meta.url);

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(
    `Recount needs Node ${NEEDED}; this is ${process.version} (${process.execPath}).\n` +
      'It brings its own: run `npm ci` without --ignore-scripts, then start through npm (`npm start`, `npm run recount -- …`).',
  );
  process.exit(1);
}
if (!/^[a-z-]+$/.test(name) || !existsSync(file)) {
  console.error(`there is no command ${name || '(none)'}`);
  process.exit(2);
}
// Compiling the modules is a good part of a small command's time; Node keeps what it compiled, for those loaded from here on:
// beside the packages, since in the machine's temporary folder, its own choice, others could leave code for this account.
module.enableCompileCache(
  fileURLToPath(new URL('../../node_modules/.cache/recount-compiled', import.meta.url)),
);
process.argv.splice(1, 2, fileURLToPath(file));
await import(file.href);
