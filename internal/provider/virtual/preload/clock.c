/*
 * The wall clock of a server under virtual time. Loaded before libc, it answers the
 * questions for the time of day from one word of a file that rlbench maps and sets;
 * every other clock, by which a server measures durations and paces itself, is real.
 *
 * It is linked without a libc of its own, so that one built here serves a server that
 * brings another version of libc with it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t *word; /* microseconds since 1970 */
static int (*real_clock_gettime)(clockid_t, struct timespec *);

/* A server that fell back to the real clock would be wrong without a word. */
static void die(void)
{
	static const char text[] = "rlbench: cannot map the clock file\n";
	_exit(write(2, text, sizeof text - 1) < 0 ? 126 : 125);
}

/* Another library may ask for the time before this one's constructor has run. */
__attribute__((constructor)) static void map_clock(void)
{
	const char *path = getenv("RLBENCH_CLOCK");
	int file;
	void *map;

	if (word)
		return;
	real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	map = mmap(NULL, sizeof *word, PROT_READ, MAP_SHARED, file, 0);
	if (map == MAP_FAILED || !real_clock_gettime)
		die();
	close(file);
	word = map;
}

static int64_t now(void)
{
	map_clock();
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	int64_t us = now();

	(void)zone;
	tv->tv_sec = us / 1000000;
	tv->tv_usec = us % 1000000;
	return 0;
}

time_t time(time_t *seconds)
{
	time_t s = now() / 1000000;

	if (seconds)
		*seconds = s;
	return s;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t us = now();

	if (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)
		return real_clock_gettime(id, ts);
	ts->tv_sec = us / 1000000;
	ts->tv_nsec = us % 1000000 * 1000;
	return 0;
}
