// Loaded before the C library (LD_PRELOAD), this simulates a disk that is full while the file named by APRITY_TEST_FULL exists.
// The content of a file can be overwritten, but no file can grow.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_full(void) {
    const char *path = getenv("APRITY_TEST_FULL");
    return path != NULL && access(path, F_OK) == 0;
}

static int grows(int descriptor, off_t end) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && end > status.st_size && is_full();
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (real == NULL) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    off_t place = lseek(descriptor, 0, SEEK_CUR);
    if (place >= 0 && grows(descriptor, place + (off_t)count)) {
        errno = ENOSPC;
        return -1;
    }
    return real(descriptor, bytes, count);
}

static ssize_t write_at(const char *name, int descriptor, const void *bytes, size_t count, off_t place) {
    ssize_t (*real)(int, const void *, size_t, off_t) = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, name);
    if (grows(descriptor, place + (off_t)count)) {
        errno = ENOSPC;
        return -1;
    }
    return real(descriptor, bytes, count, place);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t place) {
    return write_at("pwrite", descriptor, bytes, count, place);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t place) {
    return write_at("pwrite64", descriptor, bytes, count, place);
}

static int resize(const char *name, int descriptor, off_t size) {
    int (*real)(int, off_t) = (int (*)(int, off_t))dlsym(RTLD_NEXT, name);
    if (grows(descriptor, size)) {
        errno = ENOSPC;
        return -1;
    }
    return real(descriptor, size);
}

int ftruncate(int descriptor, off_t size) { return resize("ftruncate", descriptor, size); }
int ftruncate64(int descriptor, off_t size) { return resize("ftruncate64", descriptor, size); }
