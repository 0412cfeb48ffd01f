#ifndef CPKCS11_H
#define CPKCS11_H

#include <p11-kit-1/p11-kit/pkcs11.h>

/// Loads a PKCS#11 module and asks it for its functions. It stays loaded until the process ends: what it registered for
/// the end of the process must not be gone by then.
///
/// Returns NULL where it cannot be loaded or is no PKCS#11 module; `error` then says why, until the next call.
CK_FUNCTION_LIST *cpkcs11_load(const char *path, const char **error);

#endif
