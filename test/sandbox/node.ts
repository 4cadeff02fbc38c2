/** The Node.js that runs TypeScript without a build step: the one among the project's packages, whatever else is installed. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from './folders.ts';

/** Path of the Node.js program to start children with; a real file, so that its pid is the child's. */
export function nodeProgram(): string {
  const packaged = path.join(projectFolder, 'node_modules', 'node', 'bin', 'node');
  return existsSync(packaged) ? packaged : process.execPath;
}
