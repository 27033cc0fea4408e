#!/usr/bin/env node
'use strict';
// In a clone the lab stands beside the product; an installed package has the product alone.
const path = process.argv[2] === 'lab' ? '../dist/lab/cli.js' : '../dist/src/cli/main.js';
require(path).main(process.argv);
