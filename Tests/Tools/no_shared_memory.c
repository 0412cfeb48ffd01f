// Loaded before the C library (LD_PRELOAD), this simulates a file system that cannot map a file as writable shared memory, like some
// FUSE and 9p file systems.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/types.h>

static void *map(const char *name, void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
    void *(*real)(void *, size_t, int, int, int, off_t) =
        (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, name);
    if (descriptor < 0 || !(flags & MAP_SHARED) || !(protection & PROT_WRITE))
        return real(address, size, protection, flags, descriptor, offset);
    errno = ENODEV;
    return MAP_FAILED;
}

void *mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
    return map("mmap", address, size, protection, flags, descriptor, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
    return map("mmap64", address, size, protection, flags, descriptor, offset);
}
