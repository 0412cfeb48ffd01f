#include <sys/prctl.h>

// prctl is variadic, so Swift cannot call it.
static inline int aprity_set_dumpable(int isDumpable) { return prctl(PR_SET_DUMPABLE, isDumpable, 0, 0, 0); }
