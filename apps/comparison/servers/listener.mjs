// What every Node peer serves: the process, and a way to die for threads, which have no process to kill.
export function listener(request, response) {
  if (request.url === '/pid') response.end(String(process.pid));
  else if (request.url === '/die') process.exit(1);
  else response.end('hello\n');
}
