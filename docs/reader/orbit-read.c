// orbit-read SEGMENT [FRAMES] prints the frames of a ring of Orbit, layout 1, from
// the oldest on: so many, or all that there are. It is docs/layout.md in C, and
// its proof: it shares no code with the library, maps read-only, and locks nothing.
//
//	cc -std=c11 -O2 -o orbit-read orbit-read.c
#define _GNU_SOURCE // F_OFD_GETLK
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOLE, COMMITTED, WRITING, STALLED };

static int fd;
static const uint8_t *mem;
static uint64_t capacity, stride, slots;
static uint32_t lanes, limit;
static uint8_t kind, shared;

struct lane { uint64_t pos, overwritten, unavailable, reset; };

static void die(const char *what) { fprintf(stderr, "orbit-read: %s\n", what); exit(1); }

// word is one aligned load of 8 bytes. What is read after it was stored before it.
static uint64_t word(uint64_t at) {
	return atomic_load_explicit((const _Atomic uint64_t *)(mem + at), memory_order_acquire);
}

#define FIELD(type, at) (*(type *)memcpy(&(type){0}, h + (at), sizeof(type)))

static void attach(const char *path) {
	struct stat st;
	uint8_t h[256]; // a private copy: a live header could change under the checks
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0 || fstat(fd, &st) || pread(fd, h, 256, 0) != 256)
		die("cannot read it");
	if (memcmp(h, "ORBITSEG", 8)) die("not a segment");
	if (FIELD(uint16_t, 8) != 1) die("another layout major");
	uint64_t sum = 0xcbf29ce484222325; // FNV-1a
	for (int i = 0; i < 248; i++) sum = (sum ^ h[i]) * 0x100000001b3;
	if (sum != FIELD(uint64_t, 248)) die("damaged header");
	kind = h[12], shared = h[13] == 2;
	lanes = FIELD(uint32_t, 16), limit = FIELD(uint32_t, 20), stride = FIELD(uint32_t, 24), capacity = FIELD(uint64_t, 32);
	slots = 512 + 256 * (uint64_t)lanes;
	__uint128_t need = (__uint128_t)capacity * lanes * stride + slots + FIELD(uint64_t, 72);
	if (!lanes || lanes > 65536 || capacity < 2 || capacity & (capacity - 1) || stride % 64 || stride < 24 + (uint64_t)limit ||
	    need != FIELD(uint64_t, 40) || need != (uint64_t)st.st_size)
		die("its geometry is not its size");
	if ((mem = mmap(0, st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED) die("cannot map it");
}

// alive asks the kernel whether a process holds the node: byte n of the file's lock range.
static int alive(uint16_t node) {
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = node, .l_len = 1};
	return fcntl(fd, F_OFD_GETLK, &l) != 0 || l.l_type != F_UNLCK;
}

// step looks at a lane's position: 0 is nothing there yet, 1 a position passed, 2 a frame.
static int step(struct lane *l, uint32_t n) {
	static uint64_t buf[1 << 14];
	uint64_t head = word(512 + 256 * (uint64_t)n), floor = word(512 + 256 * (uint64_t)n + 128);
	if (l->pos < floor && floor <= head) { l->reset += floor - l->pos; l->pos = floor; }
	uint64_t p = l->pos, lap = p / capacity + 1, at = slots + (n * capacity + p % capacity) * stride;
	uint64_t w = word(at), have = w >> 18;
	uint16_t node = w & 0xffff;
	if (have < lap) return 0;
	if (have > lap) { // overwritten: go on one ring behind the writers
		uint64_t end = (have - 1) * capacity + p % capacity + 1;
		l->pos = (head > end ? head : end) - capacity;
		l->overwritten += l->pos - p;
		return 1;
	}
	switch (w >> 16 & 3) {
	case COMMITTED:
		for (uint64_t i = 8; i < 24 + (uint64_t)limit && i < sizeof buf; i += 8) // order: between the two looks at the word
			buf[i / 8] = atomic_load_explicit((const _Atomic uint64_t *)(mem + at + i), memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if (word(at) != w) return 1; // its writer came around: look again
		uint32_t size = (uint32_t)buf[2];
		if (size > limit || 24 + (uint64_t)size > sizeof buf) break; // no publisher writes that
		printf("frame %u:%u:%llu op %u version %llu payload ", kind, shared ? node : n, (unsigned long long)p & 0xffffffffff,
		       (unsigned)(buf[2] >> 32 & 0xff), (unsigned long long)buf[1]);
		for (uint32_t i = 0; i < size; i++) printf("%02x", ((uint8_t *)buf)[24 + i]);
		putchar('\n');
		l->pos++;
		return 2;
	case WRITING: // in a lane nothing lies behind it; else its writer may be dead, or keep the reader from what does
		if (!shared || (alive(node) && (head <= p || head - p - 1 < capacity / 2)) || word(at) != w) return 0;
	}
	l->pos++, l->unavailable++;
	return 1;
}

int main(int argc, char **argv) {
	if (argc < 2) die("usage: orbit-read SEGMENT [FRAMES]");
	attach(argv[1]);
	uint64_t want = argc > 2 ? strtoull(argv[2], 0, 10) : 0, got = 0;
	struct lane *l = calloc(lanes, sizeof *l);
	for (int moved = 1; want ? got < want : moved;) {
		moved = 0;
		for (uint32_t n = 0; n < lanes; n++)
			for (int i = 0, r; i < 64 && (!want || got < want) && (r = step(&l[n], n)); i++) moved = 1, got += r == 2;
		if (!moved) sched_yield();
	}
	for (uint32_t n = 0; n < lanes; n++)
		printf("lane %u: cursor at %llu, lost {Overwritten:%llu Unavailable:%llu Reset:%llu}\n", n, (unsigned long long)l[n].pos,
		       (unsigned long long)l[n].overwritten, (unsigned long long)l[n].unavailable, (unsigned long long)l[n].reset);
}
