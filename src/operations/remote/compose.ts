/**
 * Composes the text of one command for a server: its arguments, the frame that all scripts share, and the step's own script.
 * It must not be given a secret, because AWS keeps and shows what was sent, and must not let a value become part of the script.
 */
import { gzipSync } from 'node:zlib';
import { PRELUDE } from './scripts.ts';

/** Characters that one command may have; far below what Systems Manager accepts. */
export const COMMAND_LIMIT = 40_000;

/** What one command is made of. */
export interface CommandParts {
  /** The step's name, for people. */
  readonly step: string;
  /** Id of this attempt at the step: 64 hexadecimal characters. */
  readonly operation: string;
  /** Values by the names that the script knows them under: `RDS_HOST`. */
  readonly arguments: Readonly<Record<string, string | number>>;
  /** What several steps share. */
  readonly library?: string;
  readonly script: string;
  /** Present where the script takes the operation back: the how manieth time that is tried. */
  readonly undo?: number;
}

const NAME = /^[A-Z][A-Z0-9_]*$/;
/** What the shell, the programs that are called, and the frame go by. */
const RESERVED = /^(?:PATH|HOME|IFS|ENV|LANG|SHELL|OPERATION|STEP|UNDO|(?:PG|AWS_|LC_|LD_|PYTHON|SCALINGTIER_).*)$/;
const OPERATION = /^[0-9a-f]{64}$/;

/**
 * A script that is too long for one command travels compressed. What it is given stays readable, for whoever looks at the
 * list of commands.
 */
function packed(head: string, body: string): string {
  const whole = `${head}${body}`;
  if (whole.length <= COMMAND_LIMIT) return whole;
  const text = gzipSync(body, { level: 9 }).toString('base64');
  return `${head}SCRIPT=$(echo ${text} | base64 -d | gzip -d) || exit 64\neval "$SCRIPT"\n`;
}

/** The text to send; throws with the name of what cannot be sent. */
export function compose({ step, operation, arguments: values, library = '', script, undo }: CommandParts): string {
  if (!OPERATION.test(operation)) throw new Error(`composing "${step}": operation ${JSON.stringify(operation)}`);
  const lines = Object.entries({ OPERATION: operation, STEP: step, UNDO: String(undo ?? '') }).map(assignment);
  for (const [name, value] of Object.entries(values)) {
    if (!NAME.test(name) || RESERVED.test(name))
      throw new Error(`composing "${step}": argument name ${JSON.stringify(name)}`);
    lines.push(assignment([name, String(value)]));
  }
  const body = `${PRELUDE}${library}${script}`;
  const text = packed(`#!/bin/sh\n${lines.join('')}`, body);
  // Systems Manager replaces what stands in two braces by the value of a parameter.
  if (text.includes('{{')) throw new Error(`composing "${step}": two opening braces in a row`);
  if (text.length > COMMAND_LIMIT)
    throw new Error(`composing "${step}": ${text.length} characters, at most ${COMMAND_LIMIT} are sent`);
  return text;
}

function assignment([name, value]: readonly [name: string, value: string]): string {
  if (value.includes('\0')) throw new Error(`composing ${name}: a zero character`);
  return `${name}='${value.replaceAll("'", "'\\''")}'\n`;
}
