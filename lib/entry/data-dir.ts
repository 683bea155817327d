import { chmodSync, existsSync, mkdirSync } from 'node:fs';

/**
 * Makes the data folder. Archived events and keys lie in it, so others may not look into it; started by root,
 * they may pass through, because PostgreSQL runs as another account below it.
 */
export function makeDataDir(dataDir: string): void {
  if (existsSync(dataDir)) return;
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
}
