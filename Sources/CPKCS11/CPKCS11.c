#include "CPKCS11.h"

#include <dlfcn.h>
#include <stddef.h>

CK_FUNCTION_LIST *cpkcs11_load(const char *path, const char **error) {
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        *error = dlerror();
        return NULL;
    }
    CK_C_GetFunctionList list = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
    CK_FUNCTION_LIST *functions = NULL;
    if (list == NULL || list(&functions) != CKR_OK || functions == NULL) {
        *error = "The file has no working C_GetFunctionList.";
        return NULL;
    }
    return functions;
}
