// nginx with one worker and kept connections to its upstream, its CPU as the kernel counts it.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { runContestant, type Usage } from '../contestant.ts'
import { TICK_MICROS } from '../machine.ts'

const PAGE_BYTES = 4096

runContestant(async ({ upstream, dir }) => {
  const port = await freePort()
  const file = join(dir, 'nginx.conf')
  writeFileSync(file, configFor(port, new URL(upstream).host, dir))
  const nginx = spawn('nginx', ['-p', dir, '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  process.on('exit', () => nginx.kill())
  const url = `http://127.0.0.1:${port}`
  while (nginx.exitCode === null && !(await fetch(url).catch(() => undefined))) {}
  if (nginx.exitCode !== null) throw new Error('nginx did not start')
  return { url, usage: () => usageOf(nginx.pid ?? 0) }
})

/** proc_pid_stat(5): utime, stime and rss are fields 14, 15 and 24, counted behind the command's closing bracket. */
function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, pages = 0] = [fields[11], fields[12], fields[21]]
  return { cpuMicros: (user + system) * TICK_MICROS, rssBytes: pages * PAGE_BYTES }
}

function configFor(port: number, upstream: string, dir: string): string {
  return `
daemon off;
master_process off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  keepalive_requests 100000000;
  client_body_buffer_size 64k;
  upstream api {
    server ${upstream};
    keepalive 64;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`
}
