#ifndef CPKCS11_H
#define CPKCS11_H

#include <p11-kit-1/p11-kit/pkcs11.h>

/// Loads a PKCS#11 module and returns its functions; its code then runs in this process. The caller must initialize it.
/// The module is never unloaded, because it may have registered handlers that run when the process exits.
///
/// Returns NULL if the file cannot be loaded or is not a PKCS#11 module. `error` then has the reason. It is valid until
/// the next call; do not free it.
CK_FUNCTION_LIST *cpkcs11_load(const char *path, const char **error);

#endif
