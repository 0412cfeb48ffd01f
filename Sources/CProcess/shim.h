#include <sys/prctl.h>

// prctl has a variable number of arguments, which Swift cannot call.
static inline int aprity_set_dumpable(int isDumpable) { return prctl(PR_SET_DUMPABLE, isDumpable, 0, 0, 0); }
