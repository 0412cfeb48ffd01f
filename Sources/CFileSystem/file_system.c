#define _GNU_SOURCE
#include "CFileSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static struct aprity_file_status file_status(const struct stat *status) {
    return (struct aprity_file_status){
        .device = status->st_dev,
        .number = status->st_ino,
        .owner = status->st_uid,
        .group = status->st_gid,
        .mode = status->st_mode,
        .size = status->st_size,
        .modified_seconds = status->st_mtim.tv_sec,
        .modified_nanoseconds = status->st_mtim.tv_nsec,
        .changed_seconds = status->st_ctim.tv_sec,
        .changed_nanoseconds = status->st_ctim.tv_nsec,
    };
}

int aprity_status_of_entry(int directory, const char *name, int follows_links, struct aprity_file_status *result) {
    struct stat status;
    if (fstatat(directory, name, &status, follows_links ? 0 : AT_SYMLINK_NOFOLLOW) != 0) return errno;
    *result = file_status(&status);
    return 0;
}

int aprity_status_of_descriptor(int descriptor, struct aprity_file_status *result) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return errno;
    *result = file_status(&status);
    return 0;
}

int aprity_rename_exclusively(int from, const char *old_name, int to, const char *new_name) {
    return renameat2(from, old_name, to, new_name, RENAME_NOREPLACE) == 0 ? 0 : errno;
}

int aprity_exchange(int directory, const char *one, const char *other) {
    return renameat2(directory, one, directory, other, RENAME_EXCHANGE) == 0 ? 0 : errno;
}
