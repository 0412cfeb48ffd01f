#include <sys/prctl.h>

// Sets whether this process may write core dumps and be attached to by others of the same user (PR_SET_DUMPABLE).
// Returns 0, or -1 and errno. prctl has a variable number of arguments, so Swift cannot call it.
static inline int aprity_set_dumpable(int isDumpable) { return prctl(PR_SET_DUMPABLE, isDumpable, 0, 0, 0); }
