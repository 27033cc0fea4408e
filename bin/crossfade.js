#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');
// In a clone the lab stands beside the product; an installed package has the product alone.
const forLab = process.argv[2] === 'lab';
const program = forLab ? '../dist/lab/cli.js' : '../dist/src/cli/main.js';
if (!existsSync(path.join(__dirname, program))) {
  process.stderr.write('crossfade: nothing is built here yet; in a clone of the repository run: npm run setup\n');
  process.exit(1);
}
const { main } = require(program);
void main(forLab ? process.argv.slice(3) : process.argv).then((code) => {
  process.exitCode = code;
});
