#!/usr/bin/env node
'use strict';
// In a clone the lab stands beside the product; an installed package has the product alone.
<<<<<<< Updated upstream
const forLab = process.argv[2] === 'lab';
const { main } = require(forLab ? '../dist/lab/cli.js' : '../dist/src/cli/main.js');
void main(forLab ? process.argv.slice(3) : process.argv).then((code) => {
  process.exitCode = code;
});
=======
if (process.argv[2] === 'lab') {
  void require('../dist/lab/cli.js')
    .main(process.argv.slice(3))
    .then((code) => (process.exitCode = code));
} else {
  void require('../dist/src/cli/main.js').main(process.argv);
}
>>>>>>> Stashed changes
