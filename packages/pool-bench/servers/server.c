/*
 * A server in C, as a peer: `server echo|http WORKERS` forks that many processes, each with an epoll loop on
 * one shared listening socket, and prints a line of JSON with its port. It serves what the load generator
 * asks, which never has two requests in flight on a connection; it is no HTTP server for others. Linux only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS 256

static const char HELLO[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";
static char buffer[65536];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* Sends all of it; a client that reads slowly is waited for, for a second. */
static int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = send(fd, bytes, length, MSG_NOSIGNAL);
    if (count >= 0) {
      bytes += count;
      length -= (size_t)count;
      continue;
    }
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    if (errno != EAGAIN || poll(&writable, 1, 1000) <= 0) return -1;
  }
  return 0;
}

static int answer(int fd, int is_http) {
  ssize_t count = recv(fd, buffer, sizeof buffer, 0);
  if (count < 0) return errno == EAGAIN ? 0 : -1;
  if (count == 0) return -1;
  if (is_http) {
    if (count < 4 || memcmp(buffer + count - 4, "\r\n\r\n", 4) != 0) return 0;
    return send_all(fd, HELLO, sizeof HELLO - 1);
  }
  for (ssize_t index = 0; index < count; index++)
    if (buffer[index] >= 'a' && buffer[index] <= 'z') buffer[index] = (char)(buffer[index] - 32);
  return send_all(fd, buffer, (size_t)count);
}

static void work(int listener, int is_http) {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll");
  for (;;) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    for (int index = 0; index < ready; index++) {
      int fd = events[index].data.fd;
      if (fd != listener) {
        if (answer(fd, is_http) < 0) close(fd);
        continue;
      }
      for (int burst = 0; burst < 16; burst++) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) break;
        int on = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event reads = {.events = EPOLLIN, .data.fd = client};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, client, &reads) < 0) close(client);
      }
    }
  }
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: server echo|http WORKERS\n");
    return 2;
  }
  int is_http = strcmp(words[1], "http") == 0, workers = atoi(words[2]);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 65535) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) < 0)
    fail("listen");
  for (int worker = 0; worker < workers; worker++) {
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid > 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    work(listener, is_http);
  }
  printf("{\"event\":\"listening\",\"value\":{\"address\":{\"port\":%d}}}\n", ntohs(address.sin_port));
  fflush(stdout);
  for (int worker = 0; worker < workers; worker++) wait(NULL);
  return 0;
}
