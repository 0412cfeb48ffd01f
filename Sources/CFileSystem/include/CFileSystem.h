#pragma once
#include <stdint.h>
// Makes these calls available to Swift, because no module of the C library exports them.
#include <sys/xattr.h>

// The fields of `struct stat` in a separate type. Several modules export the C type, and the Swift compiler picks one
// at random.
struct aprity_file_status {
    uint64_t device;
    uint64_t number;
    uint32_t owner;
    uint32_t group;
    uint32_t mode;
    int64_t size;
    int64_t modified_seconds;
    int64_t modified_nanoseconds;
    int64_t changed_seconds;
    int64_t changed_nanoseconds;
};

// The functions below return 0 or the error number.

// Like fstatat(2).
int aprity_status_of_entry(int directory, const char *name, int follows_links, struct aprity_file_status *result);
int aprity_status_of_descriptor(int descriptor, struct aprity_file_status *result);

// Renames an entry, but never replaces an existing one.
int aprity_rename_exclusively(int from, const char *old_name, int to, const char *new_name);
// Exchanges two entries of a directory atomically.
int aprity_exchange(int directory, const char *one, const char *other);
