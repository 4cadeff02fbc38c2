/** Reads the project's Markdown as the tests look at it: links, headings, fenced blocks, tables. It judges nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the project. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block: the word after the fence, and what is inside. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.git', '.sandbox']);
const FENCE = /^( *)```(\w*)\n([\s\S]*?)^ *```$/gm;

/** The text of a file of the project. */
export function textOf(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8');
}

/** Every Markdown file of the project, by its path from the root. */
export function documents(folder = ''): readonly string[] {
  return readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** The fenced blocks of a text; a block's own indentation is taken off. */
export function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(FENCE)].map(([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** A text without its fenced blocks. */
export function prose(markdown: string): string {
  return markdown.replaceAll(FENCE, '');
}

/** Targets of the links and pictures of a text. */
export function linksOf(markdown: string): readonly string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Names by which a text's headings can be linked to. */
export function anchorsOf(markdown: string): readonly string[] {
  return [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** The part of a text below one heading, up to the next of the same or a higher level. */
export function section(markdown: string, heading: string): string {
  const lines = markdown.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`find the section "${heading}": there is none`);
  const level = heading.indexOf(' ');
  const end = lines.findIndex((line, at) => at > start && /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, end < 0 ? undefined : end).join('\n');
}

/** The rows of the first table of a text without its head, cells without emphasis and code marks. */
export function tableOf(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'));
  const rows = start < 0 ? [] : lines.slice(start + 2, end < 0 ? undefined : end);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll(/^[*_]?`|`[*_]?$/g, '')),
  );
}

/** The rows of a table in which an empty first cell means the one above it. */
export function groupedTableOf(markdown: string): readonly (readonly string[])[] {
  let above = '';
  return tableOf(markdown).map(([first = '', ...rest]) => {
    above = first === '' ? above : first;
    return [above, ...rest];
  });
}
