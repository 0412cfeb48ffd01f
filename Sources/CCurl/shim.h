// Swift cannot call C functions with a variable number of arguments. So each type of argument has its own function
// here. The caller must pass an option of that type; with another one, the behaviour is undefined. Each function
// returns the result of libcurl.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

static inline CURLcode aprity_curl_set_long(CURL *curl, CURLoption option, long value) {
    return curl_easy_setopt(curl, option, value);
}

// libcurl copies the text. NULL resets the option.
static inline CURLcode aprity_curl_set_text(CURL *curl, CURLoption option, const char *value) {
    return curl_easy_setopt(curl, option, value);
}

// libcurl copies the bytes.
static inline CURLcode aprity_curl_set_bytes(CURL *curl, CURLoption option, void *bytes, size_t count) {
    struct curl_blob blob = {bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(curl, option, &blob);
}

// libcurl keeps the pointer, so its target must live as long as the handle.
static inline CURLcode aprity_curl_set_pointer(CURL *curl, CURLoption option, void *value) {
    return curl_easy_setopt(curl, option, value);
}

// For CURLOPT_READFUNCTION, CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
static inline CURLcode aprity_curl_set_transfer(
    CURL *curl, CURLoption option, size_t (*function)(char *, size_t, size_t, void *)) {
    return curl_easy_setopt(curl, option, function);
}

static inline CURLcode aprity_curl_set_progress(
    CURL *curl, int (*function)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t)) {
    return curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, function);
}

// The socket is CURL_SOCKET_BAD if there is no connection.
static inline CURLcode aprity_curl_get_socket(CURL *curl, curl_socket_t *value) {
    return curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, value);
}

static inline CURLcode aprity_curl_get_long(CURL *curl, CURLINFO info, long *value) {
    return curl_easy_getinfo(curl, info, value);
}

static inline CURLcode aprity_curl_get_offset(CURL *curl, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(curl, info, value);
}
