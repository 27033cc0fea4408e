import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findFreePort, LOOPBACK } from '../../lab/loopback';
import { packageRoot } from '../../lab/tools';
import { untilListening } from './listening';
import type { Running } from './processes';
import { ended } from './processes';

/** As long as the tap waits for a copy. */
const COPY_TIMEOUT_SECONDS = 10;

/** nginx with its mirror module and connections kept on all sides: every request is copied. */
export async function startNginx(folder: string, sourcePort: number, targetPort: number): Promise<Running> {
  const program = execFileSync(process.execPath, [path.join(packageRoot(), 'scripts/nginx.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  const port = await findFreePort();
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port, sourcePort, targetPort));
  const child = spawn(program, ['-p', folder, '-c', file, '-e', path.join(folder, 'error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilListening(port, child);
  return { port, pid: child.pid ?? 0, stop: () => ended(child) };
}

function configuration(folder: string, port: number, sourcePort: number, targetPort: number): string {
  const place = (name: string): string => path.join(folder, name);
  const upstream = (name: string, at: number): string =>
    `  upstream ${name} { server ${LOOPBACK}:${at}; keepalive 256; keepalive_requests 1000000; }`;
  const forward = [
    '      proxy_http_version 1.1;',
    '      proxy_set_header Connection "";',
    '      proxy_set_header Host $host;',
  ];
  return [
    'daemon off;',
    'worker_processes auto;',
    'worker_rlimit_nofile 32768;',
    `pid ${place('nginx.pid')};`,
    'events { worker_connections 16384; }',
    'http {',
    '  access_log off;',
    '  keepalive_requests 1000000;',
    '  client_body_buffer_size 128k;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${place(name)};`),
    upstream('source', sourcePort),
    upstream('target', targetPort),
    '  server {',
    `    listen ${LOOPBACK}:${port};`,
    '    location / {',
    '      mirror /copy;',
    '      proxy_pass http://source;',
    '      proxy_buffers 16 16k;',
    ...forward,
    '    }',
    '    location = /copy {',
    '      internal;',
    '      proxy_pass http://target$request_uri;',
    `      proxy_read_timeout ${COPY_TIMEOUT_SECONDS}s;`,
    `      proxy_send_timeout ${COPY_TIMEOUT_SECONDS}s;`,
    '      proxy_set_header X-Crossfade-Shadow 1;',
    ...forward,
    '    }',
    '  }',
    '}',
    '',
  ].join('\n');
}
