/** Packages that are ES modules only, which Jest cannot require before Node 24.9: they become CommonJS, as ours do. */
const MODULES_ONLY = ['@clack', 'fast-string-truncated-width', 'fast-string-width', 'fast-wrap-ansi', 'sisteransi'];

/** Types are checked by `tsc`; here they are only stripped. Workflow code runs in a bundle of its own. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.lab'],
  transform: {
    '^.+\\.(ts|m?js)$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${MODULES_ONLY.join('|')})/)`],
  maxWorkers: 2,
  testTimeout: 30_000,
};
