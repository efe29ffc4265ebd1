// What a streamed message costs by what its writer stores. Two processes, pinned
// to processors 0 and 1, exchange messages of one cache line through a ring of
// 8192 lines in shared memory, never more than 4096 ahead. Plain stores, plain
// loads. Each sample is bracketed by a ping-pong of one word; a sample whose two
// ping-pongs differ by more than a quarter is thrown away.
//
//	g++ -O2 -funroll-loops -o groups groups.cc && ./groups
//
// stores: one     the word, 8 bytes: the floor
//         half    mark, 3 words, commit: all in the first 32 bytes
//         frame   mark, header, 32 bytes of payload, commit: a slot of a ring
//         ends    the same, but a mark at one end of the line and the commit at
//                 the other (Lamport's two numbers): no half is stored to twice
// others: so many more stores a message, each to a private line that is never
//         anybody else's, as a return address or a spilled register is
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

typedef volatile uint64_t Word;
enum { lines = 8192, window = 4096, every = 64, trips = 3000, rounds = 11 };
static const uint64_t messages = 200000;
static char *mem;
static Word *at(int offset) { return (Word *)(mem + offset); }
static Word *credit() { return at(512); }
static Word *line(uint64_t p) { return (Word *)(mem + 4096 + p % lines * 64); }
alignas(64) static uint64_t priv[64];

static double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void pin(int cpu) {
  cpu_set_t s;
  CPU_ZERO(&s);
  CPU_SET(cpu, &s);
  sched_setaffinity(0, sizeof s, &s);
}

enum Stores { one, half, frame, ends };

template <Stores S, int Others> static void write() {
  for (uint64_t seq = 0; seq < messages;) {
    uint64_t limit = std::min<uint64_t>(*credit() + window, messages);
    while (seq < limit) {
      Word *l = line(seq++), *p = priv;
      for (int i = 0; i < Others; i++) p[i * 8] = seq;
      if (S == half || S == frame) l[0] = seq | 1ull << 63;
      if (S == ends) l[7] = seq | 1ull << 63, l[4] = l[5] = l[6] = seq;
      if (S != one) l[1] = l[2] = l[3] = seq;
      if (S == frame) l[4] = l[5] = l[6] = seq;
      l[0] = seq;
    }
  }
}

static void read() {
  for (uint64_t seq = 0; seq < messages;) {
    for (uint64_t end = std::min(seq + every, messages); seq < end;) {
      Word *l = line(seq++);
      while (l[0] != seq) {}
      uint64_t x = l[1] ^ l[2] ^ l[3] ^ l[4] ^ l[5] ^ l[6] ^ l[7];
      if (l[0] != seq || x == 42) puts("torn");
    }
    *credit() = seq;
  }
}

static double pingpong(bool first) {
  double t = now();
  for (uint64_t i = 1; i <= trips; i++) {
    if (first) *at(1024) = i;
    while (*at(first ? 1280 : 1024) != i) {}
    if (!first) *at(1280) = i;
  }
  return (now() - t) / trips;
}

struct Case { const char *stores; int others; void (*write)(); std::vector<double> ns, trip; };
#define ROW(s) {#s, 0, write<s, 0>}, {#s, 1, write<s, 1>}, {#s, 2, write<s, 2>}, {#s, 3, write<s, 3>}, {#s, 4, write<s, 4>}, {#s, 6, write<s, 6>}
static std::vector<Case> cases = {ROW(one), ROW(half), ROW(frame), ROW(ends)};

static double mid(std::vector<double> v) { std::sort(v.begin(), v.end()); return v.empty() ? 0 : v[v.size() / 2]; }

int main() {
  mem = (char *)mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Word *a = at(1536), *b = at(1792), *done = at(2048);
  if (!fork()) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(1);
    uint64_t gen = 0;
    for (int r = 0; r < rounds * (int)cases.size(); r++) {
      for (int phase = 0; phase < 2; phase++) {
        *b = ++gen;
        while (*a < gen) {}
        pingpong(false);
        if (phase == 0) { read(); *(volatile double *)done = now(); }
      }
    }
    _exit(0);
  }
  pin(0);
  uint64_t gen = 0;
  for (int r = 0; r < rounds; r++) {
    for (Case &c : cases) {
      double trip[2], ns = 0;
      for (int phase = 0; phase < 2; phase++) {
        while (*b <= gen) {}
        *at(1024) = *at(1280) = 0;
        if (phase == 0) memset(mem + 4096, 0, lines * 64), *credit() = 0;
        __sync_synchronize();
        *a = ++gen;
        trip[phase] = pingpong(true);
        if (phase == 0) {
          double t = now();
          c.write();
          while (*b <= gen) {}
          ns = (*(volatile double *)done - t) / messages;
        }
      }
      if (trip[0] < 1.25 * trip[1] && trip[1] < 1.25 * trip[0]) c.ns.push_back(ns), c.trip.push_back(trip[0]);
    }
  }
  wait(0);
  printf("%-7s %6s %7s %9s %7s %8s\n", "stores", "others", "samples", "round trip", "ns", "x floor");
  for (Case &c : cases)
    printf("%-7s %6d %7zu %9.0f %8.1f %8.2f\n", c.stores, c.others, c.ns.size(), mid(c.trip), mid(c.ns), mid(c.ns) / mid(cases[0].ns));
}
