/* A disk that takes its time, for one program: preloaded, it sleeps before each write to a
 * regular file under $SLOW_DISK, for $SLOW_DISK_MS milliseconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_disk(int fd) {
    const char *folder = getenv("SLOW_DISK"), *milliseconds = getenv("SLOW_DISK_MS");
    struct stat about;
    if (!folder || !milliseconds || fstat(fd, &about) || !S_ISREG(about.st_mode)) return;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder))) return;
    long ms = atol(milliseconds);
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

ssize_t write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    wait_for_the_disk(fd);
    return real(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    wait_for_the_disk(fd);
    return real(fd, data, size, offset);
}
