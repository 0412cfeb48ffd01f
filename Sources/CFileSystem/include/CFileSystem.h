#pragma once
#include <stdint.h>
// Makes the calls for extended attributes available to Swift, because no module of the C library exports them.
#include <sys/xattr.h>

// The fields of `struct stat` that aprity needs. It is a separate type, because several modules export `struct stat`,
// and the Swift compiler picks one of them at random.
struct aprity_file_status {
    uint64_t device;
    // The inode number.
    uint64_t number;
    uint32_t owner;
    uint32_t group;
    // The file type and the permissions.
    uint32_t mode;
    // In bytes.
    int64_t size;
    // Times since 1970, in UTC: of the last modification of the content, and of the last change of content or status.
    int64_t modified_seconds;
    int64_t modified_nanoseconds;
    int64_t changed_seconds;
    int64_t changed_nanoseconds;
};

// The functions below return 0 or the error number. A directory is a descriptor, or AT_FDCWD. Calls are not repeated
// after a signal.

// Like fstatat(2) and fstat(2).
int aprity_status_of_entry(int directory, const char *name, int follows_links, struct aprity_file_status *result);
int aprity_status_of_descriptor(int descriptor, struct aprity_file_status *result);

// Moves an entry of the directory `from` to the directory `to`. Returns EEXIST if the new name exists; never replaces
// an entry.
int aprity_rename_exclusively(int from, const char *old_name, int to, const char *new_name);
// Exchanges two entries of a directory atomically. Both must exist.
int aprity_exchange(int directory, const char *one, const char *other);
