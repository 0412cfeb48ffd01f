// Swift calls no C function with a variable number of arguments: each kind of argument has a function of its own here.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

static inline CURLcode aprity_curl_set_long(CURL *curl, CURLoption option, long value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode aprity_curl_set_text(CURL *curl, CURLoption option, const char *value) {
    return curl_easy_setopt(curl, option, value);
}

// libcurl keeps a copy.
static inline CURLcode aprity_curl_set_bytes(CURL *curl, CURLoption option, void *bytes, size_t count) {
    struct curl_blob blob = {bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(curl, option, &blob);
}

static inline CURLcode aprity_curl_set_pointer(CURL *curl, CURLoption option, void *value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode aprity_curl_set_transfer(
    CURL *curl, CURLoption option, size_t (*function)(char *, size_t, size_t, void *)) {
    return curl_easy_setopt(curl, option, function);
}

static inline CURLcode aprity_curl_set_progress(
    CURL *curl, int (*function)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t)) {
    return curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, function);
}

static inline CURLcode aprity_curl_get_socket(CURL *curl, curl_socket_t *value) {
    return curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, value);
}

static inline CURLcode aprity_curl_get_long(CURL *curl, CURLINFO info, long *value) {
    return curl_easy_getinfo(curl, info, value);
}

static inline CURLcode aprity_curl_get_offset(CURL *curl, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(curl, info, value);
}
