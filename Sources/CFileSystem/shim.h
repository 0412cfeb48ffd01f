#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

// The C library declares renameat2 only with _GNU_SOURCE, which Swift's import of it lacks.
#define APRITY_RENAME_NOREPLACE 1
#define APRITY_RENAME_EXCHANGE 2

static inline int aprity_rename(int from, const char *old_name, int to, const char *new_name, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, old_name, to, new_name, flags);
}

// `struct stat` under names of our own: Swift finds the C type in more than one module.
#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

struct aprity_file_status {
    uint64_t device;
    uint64_t number;
    uint32_t owner;
    uint32_t group;
    uint32_t mode;
};

static inline struct aprity_file_status aprity_file_status_from(const struct stat *status) {
    struct aprity_file_status result = {status->st_dev, status->st_ino, status->st_uid, status->st_gid, status->st_mode};
    return result;
}

// 0, or the error number.
static inline int aprity_status_of_path(const char *path, int follows_links, struct aprity_file_status *result) {
    struct stat status;
    if ((follows_links ? stat(path, &status) : lstat(path, &status)) != 0) return errno;
    *result = aprity_file_status_from(&status);
    return 0;
}

static inline int aprity_status_of_descriptor(int descriptor, struct aprity_file_status *result) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return errno;
    *result = aprity_file_status_from(&status);
    return 0;
}
