/*
 * Clients in one thread, for servers that would outrun clients written in JavaScript.
 *
 *   load-generator PORT CONNECTIONS TOTAL PER_CONNECTION BYTES SECONDS STAY
 *
 * Keeps CONNECTIONS open to 127.0.0.1:PORT, all opened at once, each with one request in flight, until
 * TOTAL requests have their right reply or SECONDS are over. After PER_CONNECTION requests (0: never) a
 * connection is closed and another one opened. BYTES letters are sent and expected back in upper case;
 * with 0 it asks `GET /` by HTTP/1.1 and expects status 200 and a body as long as told.
 *
 * A request whose connection is lost is asked again on a new one and counts as `lost`, ten times CONNECTIONS
 * at most. A latency counts from the first attempt to connect when PER_CONNECTION is 1, otherwise from the
 * request's sending. Prints one line of JSON; then, with STAY, holds what is open until its standard input
 * ends, which otherwise ends the run early. Linux only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define HEAD_BYTES 1024
/* Some ports of each of these source addresses wait for late packets while others are used. */
#define SOURCES 16

struct connection {
  int fd;
  int done;      /* requests that this connection has carried */
  size_t sent;   /* bytes of the request under way */
  size_t got;    /* bytes of its reply */
  size_t length; /* HTTP: of the whole reply, 0 while its head is not whole */
  int64_t since;
  int busy; /* a request is under way, or is to be sent when it is connected */
  char *head;
};

static int port, epoll, per_connection, wants_http;
static int64_t total, started, right, lost, retries_left;
static char *request;
static size_t request_bytes;
static uint32_t *latencies;
static char incoming[65536];

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void open_connection(struct connection *each) {
  static unsigned next;
  each->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (each->fd < 0) fail("socket");
  int on = 1;
  setsockopt(each->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(each->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002u + next++ % SOURCES)};
  if (bind(each->fd, (struct sockaddr *)&source, sizeof source) < 0) fail("bind");
  struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(each->fd, (struct sockaddr *)&target, sizeof target) < 0 && errno != EINPROGRESS) fail("connect");
  each->done = 0;
  each->sent = each->got = each->length = 0;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = each};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, each->fd, &event) < 0) fail("epoll_ctl");
}

static void close_connection(struct connection *each) {
  close(each->fd);
  each->fd = -1;
}

static void begin(struct connection *each) {
  each->busy = 1;
  each->sent = each->got = each->length = 0;
  each->since = now();
  started++;
}

/* Asks once more on a new connection, since the last one was lost. */
static void lose(struct connection *each) {
  close_connection(each);
  if (!each->busy) return;
  lost++;
  if (retries_left-- > 0) open_connection(each);
}

static int send_more(struct connection *each) {
  while (each->busy && each->sent < request_bytes) {
    ssize_t count = send(each->fd, request + each->sent, request_bytes - each->sent, MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == ENOTCONN || errno == EINPROGRESS ? 0 : -1;
    each->sent += (size_t)count;
  }
  return 0;
}

/* Takes bytes of a reply: 1 when it is whole, 0 when more is to come, -1 when it is wrong. */
static int take(struct connection *each, size_t count) {
  if (!wants_http) {
    for (size_t index = 0; index < count; index++)
      if (incoming[index] != 'A') return -1;
    each->got += count;
    return each->got > request_bytes ? -1 : each->got == request_bytes;
  }
  if (each->length == 0) {
    if (each->got + count >= HEAD_BYTES) return -1;
    memcpy(each->head + each->got, incoming, count);
    each->head[each->got + count] = 0;
    char *end = strstr(each->head, "\r\n\r\n");
    if (end != NULL) {
      char *length = strcasestr(each->head, "\r\ncontent-length:");
      if (strncmp(each->head, "HTTP/1.1 200", 12) != 0 || length == NULL) return -1;
      each->length = (size_t)(end - each->head) + 4 + strtoul(length + 17, NULL, 10);
    }
  }
  each->got += count;
  return each->length == 0 ? 0 : each->got > each->length ? -1 : each->got == each->length;
}

static void finish(struct connection *each, int stay) {
  latencies[right++] = (uint32_t)((now() - each->since) / 1000);
  each->busy = 0;
  each->done++;
  int over = per_connection > 0 && each->done == per_connection;
  if (started == total) {
    if (!stay) close_connection(each);
    return;
  }
  if (over) close_connection(each);
  begin(each);
  if (over) open_connection(each);
  else if (send_more(each) < 0) lose(each);
}

static void serve(struct connection *each, uint32_t events, int stay) {
  if (each->fd < 0) return;
  if (events & EPOLLERR || send_more(each) < 0) {
    lose(each);
    return;
  }
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))) return;
  for (;;) {
    ssize_t count = recv(each->fd, incoming, sizeof incoming, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0 || !each->busy) {
      lose(each);
      return;
    }
    int outcome = take(each, (size_t)count);
    if (outcome < 0) {
      fprintf(stderr, "a wrong reply: %.*s\n", (int)(count < 200 ? count : 200), incoming);
      exit(1);
    }
    if (outcome > 0) {
      finish(each, stay);
      return;
    }
  }
}

static int ascending(const void *left, const void *other) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)other;
  return a < b ? -1 : a > b;
}

static double milliseconds_at(double share) {
  if (right == 0) return 0;
  /* The nearest rank: the least latency that at least this share does not exceed. */
  int64_t rank = (int64_t)(share * (double)right);
  if ((double)rank < share * (double)right) rank++;
  return latencies[rank - 1] / 1000.0;
}

int main(int count, char **words) {
  if (count != 8) {
    fprintf(stderr, "usage: load-generator PORT CONNECTIONS TOTAL PER_CONNECTION BYTES SECONDS STAY\n");
    return 2;
  }
  port = atoi(words[1]);
  int connections = atoi(words[2]);
  total = atoll(words[3]);
  per_connection = atoi(words[4]);
  size_t bytes = strtoul(words[5], NULL, 10);
  int64_t seconds = atoll(words[6]);
  int stay = atoi(words[7]);
  if (connections > total) connections = (int)total;
  wants_http = bytes == 0;
  retries_left = 10LL * connections;
  if (wants_http) {
    request_bytes = (size_t)asprintf(&request, "GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                                     per_connection == 1 ? "Connection: close\r\n" : "");
  } else {
    request = malloc(bytes);
    memset(request, 'a', bytes);
    request_bytes = bytes;
  }
  latencies = calloc((size_t)total, sizeof *latencies);
  struct connection *all = calloc((size_t)connections, sizeof *all);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (latencies == NULL || all == NULL || epoll < 0) fail("load-generator");
  struct epoll_event input = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = NULL};
  int hears_input = epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input) == 0;

  int64_t begun = now(), deadline = begun + seconds * 1000000000LL;
  for (int index = 0; index < connections; index++) {
    if (wants_http) all[index].head = malloc(HEAD_BYTES);
    begin(&all[index]);
    open_connection(&all[index]);
  }
  int ended = 0;
  while (right < total && !ended) {
    struct epoll_event events[EVENTS];
    int64_t left = (deadline - now()) / 1000000;
    int ready = left <= 0 ? 0 : epoll_wait(epoll, events, EVENTS, (int)left);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    if (ready == 0) break;
    for (int index = 0; index < ready; index++) {
      if (events[index].data.ptr == NULL) ended = 1;
      else serve(events[index].data.ptr, events[index].events, stay);
    }
  }
  int64_t took = now() - begun;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  qsort(latencies, (size_t)right, sizeof *latencies, ascending);
  printf("{\"right\":%lld,\"lost\":%lld,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,"
         "\"p999Ms\":%.3f,\"maxMs\":%.3f}\n",
         (long long)right, (long long)lost, (double)took / 1e9, cpu, milliseconds_at(0.5), milliseconds_at(0.99),
         milliseconds_at(0.999), milliseconds_at(1));
  fflush(stdout);
  char byte;
  while (stay && hears_input && !ended && read(0, &byte, 1) > 0) continue;
  return 0;
}
