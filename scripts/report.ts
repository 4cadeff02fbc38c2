/** How a check ends: one line for each problem and an exit code. The checks themselves print nothing. */

/** Runs a check on the folder given as argument, else on the current one, and ends the process accordingly. */
export function report(name: string, check: (root: string) => readonly string[]): void {
  const problems = check(process.argv[2] ?? process.cwd());
  if (problems.length === 0) {
    process.stdout.write(`${name}: ok\n`);
    return;
  }
  process.stderr.write(problems.map((problem) => `${name}: ${problem}\n`).join(''));
  process.exitCode = 1;
}
