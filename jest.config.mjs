/** Jest runs the TypeScript sources as ES modules through swc; types are checked apart (`make check`). One sandbox serves the whole run. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.sandbox'],
  globalSetup: '<rootDir>/test/sandbox/jest-global-setup.ts',
  globalTeardown: '<rootDir>/test/sandbox/jest-global-teardown.ts',
  // More than a small machine has cores, because tests mostly wait.
  maxWorkers: 5,
  testSequencer: '<rootDir>/scripts/jest-longest-first.mjs',
  // Longer than any wait for a condition on a busy machine, so that a wait that fails says what for; only whole lives take longer.
  testTimeout: 600_000,
};
