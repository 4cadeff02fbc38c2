/** Prerequisites: versions are compared as numbers, and one message tells everything that is missing. */
import { describeFinding, findPrerequisites, isAtLeast, prerequisites, requireAll } from './prerequisites.ts';

test.each([
  { name: 'equal', found: '1.26', needed: [1, 26], expected: true },
  { name: 'a later patch', found: '1.26.8', needed: [1, 26], expected: true },
  { name: 'a later minor with more digits', found: '3.100.0', needed: [3, 11], expected: true },
  { name: 'a later major with a lower minor', found: '4.0', needed: [3, 81], expected: true },
  { name: 'an earlier minor', found: '3.9.18', needed: [3, 11], expected: false },
  { name: 'an earlier major with a higher minor', found: '18.20.0', needed: [20], expected: false },
  { name: 'fewer numbers than needed', found: '1', needed: [1, 26], expected: false },
])('a version that is $name', ({ found, needed, expected }) => {
  expect(isAtLeast(found, needed)).toBe(expected);
});

test('one message names each missing thing, what it needs and how to get it', () => {
  const findings = prerequisites.map((prerequisite) => ({
    prerequisite,
    found: prerequisite.name === 'Go' ? '1.20.1' : undefined,
    good: prerequisite.name === 'make',
  }));
  expect(() => requireAll(findings)).toThrow(
    /Go: needs 1\.26 or later, found 1\.20\.1; .*\n.*Python with venv: needs 3\.11/,
  );
  expect(() => requireAll(findings)).not.toThrow(/make/);
});

test('nothing missing is nothing said', () => {
  expect(() =>
    requireAll(prerequisites.map((prerequisite) => ({ prerequisite, found: '99', good: true }))),
  ).not.toThrow();
});

test('Go is not asked for when the control plane is given ready-made', async () => {
  const names = (await findPrerequisites('/some/folder')).map(({ prerequisite }) => prerequisite.name);
  expect(names).not.toContain('Go');
  expect(names).toContain('Python with venv');
});

test('a program that is not there is found as none', async () => {
  const [node] = await findPrerequisites('');
  expect(node?.found).toMatch(/^\d+\.\d+/);
  const absent = { name: 'X', command: 'no-such-program', args: [], needed: [1], howToGet: 'make it' };
  expect(describeFinding({ prerequisite: absent, found: undefined, good: false })).toBe(
    '  X: needs 1 or later, found none; make it',
  );
});
