/**
 * The TypeScript files under a folder and what they say: their imports and their strings. It reads syntax only and must
 * not judge: the rules live in the checks.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from '@swc/core';

/** One import or re-export, or a module named in a type or a dynamic import. */
export interface Import {
  readonly from: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** One source file; `path` is relative to the root, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly strings: readonly string[];
  /** Strings that are the value of a property named `type`. */
  readonly types: readonly string[];
}

type Syntax = Readonly<Record<string, unknown>>;

/** Every `.ts` file under `folder` of `root`, in the order of paths. */
export function readSources(root: string, folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map((path) => readSource(root, path));
}

function readSource(root: string, path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const nodes = [...walk(parse(path, text))];
  return {
    path,
    text,
    imports: nodes.flatMap(importOf),
    strings: nodes.flatMap(stringOf),
    types: nodes.flatMap(typeOf),
  };
}

function parse(path: string, text: string): unknown {
  try {
    return parseSync(text, { syntax: 'typescript', target: 'es2024' });
  } catch (error) {
    throw new Error(`cannot parse ${path}: ${String(error)}`);
  }
}

function* walk(value: unknown): Generator<Syntax> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Syntax;
  for (const part of Object.values(value)) yield* walk(part);
}

function importOf(node: Syntax): readonly Import[] {
  const typeOnly = node.typeOnly === true;
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return stringOf(node.source).map((from) => ({ from, typeOnly }));
    case 'TsImportType':
      return stringOf(node.argument).map((from) => ({ from, typeOnly: true }));
    case 'CallExpression':
      return isNode(node.callee) && node.callee.type === 'Import'
        ? argumentsOf(node)
            .flatMap(stringOf)
            .map((from) => ({ from, typeOnly: false }))
        : [];
    default:
      return [];
  }
}

function argumentsOf(call: Syntax): readonly unknown[] {
  return Array.isArray(call.arguments) ? call.arguments.map((argument: Syntax) => argument.expression) : [];
}

function stringOf(node: unknown): readonly string[] {
  if (!isNode(node)) return [];
  if (node.type === 'StringLiteral' && typeof node.value === 'string') return [node.value];
  if (node.type === 'TemplateElement' && typeof node.cooked === 'string') return [node.cooked];
  return [];
}

function typeOf(node: Syntax): readonly string[] {
  const isType = node.type === 'KeyValueProperty' && isNode(node.key) && node.key.value === 'type';
  return isType ? stringOf(node.value) : [];
}

function isNode(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null;
}
