/* Stands between a program and the C library (LD_PRELOAD), and does to it what a test says:
 * sets the clock that people read, and fills the disk. What is to be done stands in a
 * file that the test writes and every such program maps. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct faults {
    int64_t seconds_ahead;
    int64_t disk_full;
};

static const volatile struct faults *faults(void)
{
    static const struct faults none;
    static const volatile struct faults *mapped;
    if (!mapped) {
        const char *path = getenv("SERIN_E2E_FAULTS");
        int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *at = MAP_FAILED;
        if (file >= 0) {
            at = mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0);
            close(file);
        }
        mapped = at == MAP_FAILED ? &none : at;
    }
    return mapped;
}

/* The monotonic clocks go on as they do when somebody sets the time. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    long failed = syscall(SYS_clock_gettime, clock, time);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += faults()->seconds_ahead;
    return (int)failed;
}

/* On a full disk files can be written where they have their bytes already. */
static int fits(int file, off_t end)
{
    struct stat now;
    if (!faults()->disk_full || fstat(file, &now) || !S_ISREG(now.st_mode) || end <= now.st_size)
        return 1;
    errno = ENOSPC;
    return 0;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at)
{
    return fits(file, at + (off_t)length) ? syscall(SYS_pwrite64, file, bytes, length, at) : -1;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at)
{
    return pwrite64(file, bytes, length, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off_t at)
{
    off_t end = at;
    for (int part = 0; part < count; part++)
        end += (off_t)parts[part].iov_len;
    /* The offset goes in two halves, of which the first is all of it on 64 bits. */
    return fits(file, end) ? syscall(SYS_pwritev, file, parts, count, at, 0) : -1;
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    return pwritev64(file, parts, count, at);
}
