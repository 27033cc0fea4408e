// Type-aware lint of one TypeScript project. Layout is Prettier's; import directions and sizes with their listed
// exceptions are held by test/tidy.test.ts, which shares the list below.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

const exceptions = JSON.parse(readFileSync(new URL('./test/support/tidy/exceptions.json', import.meta.url), 'utf8'));
/** `src/some/file.ts#name` → `src/some/file.ts`. */
const filesWithLongFunctions = [...new Set(Object.keys(exceptions.functions).map((name) => name.split('#')[0]))];
const longFiles = Object.keys(exceptions.files);

const sizes = {
  'max-lines': ['error', { max: FILE_LINES_MAX }],
  'max-lines-per-function': ['error', { max: FUNCTION_LINES_MAX }],
};

/** What holds for every file, whatever language it is written in. */
const everywhere = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-console': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'object-shorthand': ['error', 'properties'],
  'no-constant-condition': ['error', { checkLoops: false }],
  'import-x/no-cycle': 'error',
  'import-x/no-self-import': 'error',
  'import-x/no-duplicates': ['error', { 'prefer-inline': false }],
  ...sizes,
};

const typed = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  // A `default` does not stand in for a member that somebody adds to the union later.
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    {
      allowDefaultCaseForExhaustiveSwitch: true,
      considerDefaultExhaustiveForUnions: false,
      requireDefaultForNonUnion: true,
    },
  ],
  '@typescript-eslint/consistent-type-imports': [
    'error',
    { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
  ],
  '@typescript-eslint/explicit-module-boundary-types': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true },
  ],
  '@typescript-eslint/prefer-readonly': 'error',
  '@typescript-eslint/no-unnecessary-type-assertion': 'error',
  // Loaded when the first spec is read from a file; most commands never do.
  '@typescript-eslint/no-require-imports': ['error', { allow: ['^yaml$'] }],
  // Numbers are what messages are made of.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  // Codes of other people's enumerations that their packages do not export stand here as named numbers.
  '@typescript-eslint/no-unsafe-enum-comparison': 'off',
  // Fakes and contracts are asynchronous by type, not because they wait.
  '@typescript-eslint/require-await': 'off',
};

/** Plain JavaScript has no compiler to say these things. */
const untyped = {
  'no-undef': 'error',
  'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
  'no-unreachable': 'error',
  'no-dupe-keys': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-redeclare': 'error',
  'no-self-assign': 'error',
  'no-unsafe-finally': 'error',
};

const nodeGlobals = Object.fromEntries(
  ['Buffer', 'URL', 'clearInterval', 'clearTimeout', 'console', 'process', 'setInterval', 'setTimeout'].map((name) => [
    name,
    'readonly',
  ]),
);

export default defineConfig(
  { ignores: ['node_modules/', 'dist/', '.lab/', 'coverage/'] },
  {
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] })],
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: everywhere,
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: typed,
  },
  { files: ['**/*.mjs', '**/*.cjs', '**/*.js'], languageOptions: { globals: nodeGlobals }, rules: untyped },
  {
    files: ['**/*.cjs', 'bin/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { require: 'readonly', module: 'writable', __dirname: 'readonly' },
    },
  },
  {
    // Programs speak to a terminal; the product's parts speak through Temporal's logger.
    files: [
      'src/cli/**',
      'src/tap/main.ts',
      'src/proxy/main.ts',
      'src/spec/generate-schema.ts',
      'lab/**',
      'bench/**',
      'scripts/**',
      'bin/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // The lab takes apart foreign formats of which it knows a part; there a `default` is the answer.
    files: ['lab/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['test/**/*.ts'],
    plugins: { jest },
    rules: {
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/no-conditional-expect': 'error',
      'jest/no-identical-title': 'error',
      'jest/valid-expect': 'error',
      'jest/valid-expect-in-promise': 'error',
      'jest/no-commented-out-tests': 'error',
      // A `describe` block is a chapter, not a function; test/tidy.test.ts measures what is inside it.
      'max-lines-per-function': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      // What came over a wire or out of a parser is compared as it is.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  ...(filesWithLongFunctions.length > 0
    ? [{ files: filesWithLongFunctions, rules: { 'max-lines-per-function': 'off' } }]
    : []),
  ...(longFiles.length > 0 ? [{ files: longFiles, rules: { 'max-lines': 'off' } }] : []),
);
