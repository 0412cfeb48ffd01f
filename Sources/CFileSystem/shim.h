#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

// The C library declares renameat2 only with _GNU_SOURCE, which Swift's import of it lacks.
#define APRITY_RENAME_NOREPLACE 1
#define APRITY_RENAME_EXCHANGE 2

static inline int aprity_rename(int from, const char *old_name, int to, const char *new_name, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, old_name, to, new_name, flags);
}
