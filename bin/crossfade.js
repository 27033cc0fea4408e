#!/usr/bin/env node
'use strict';
// In a clone the lab stands beside the product; an installed package has the product alone.
const forLab = process.argv[2] === 'lab';
const { main } = require(forLab ? '../dist/lab/cli.js' : '../dist/src/cli/main.js');
void main(forLab ? process.argv.slice(3) : process.argv).then((code) => {
  process.exitCode = code;
});
