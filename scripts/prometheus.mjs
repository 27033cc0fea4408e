/**
 * Prometheus, for the tests that read a real one. A program of its own, which nothing else needs: where it cannot be had,
 * those tests are reported as skipped.
 */
import { findDebianProgram } from './debian.mjs';

/** @returns {Promise<string | undefined>} an executable; undefined where there is none to be had. */
export function findPrometheus() {
  return findDebianProgram({
    name: 'prometheus',
    program: 'usr/bin/prometheus',
    versionFlag: '--version',
    without: 'the tests on a real Prometheus are reported as skipped',
  });
}
