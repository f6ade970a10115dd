#include "alerts/http_post.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct http_post {
    CURL *curl;
};

static char *url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

/* Names may be given to any address by whoever answers for them; these may not. */
static bool is_loopback(const char *host)
{
    unsigned a, b, c, d;
    int end = 0;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return sscanf(host, "%3u.%3u.%3u.%3u%n", &a, &b, &c, &d, &end) == 4 && !host[end] && a == 127 && b < 256 && c < 256 && d < 256;
}

static const char *problem_of(CURLU *url)
{
    char *scheme = url_part(url, CURLUPART_SCHEME), *host = url_part(url, CURLUPART_HOST), *user = url_part(url, CURLUPART_USER),
         *password = url_part(url, CURLUPART_PASSWORD);
    const char *problem = NULL;
    if (!scheme || !host || (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0))
        problem = "must begin with https:// (or with http://127.0.0.1)";
    else if (user || password)
        problem = "must not hold a user or a password: requests are signed with the secret of secret_file";
    else if (strcmp(scheme, "http") == 0 && !is_loopback(host))
        problem = "plain http goes to this machine only (127.0.0.1, ::1, localhost): use https://";
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(password);
    return problem;
}

const char *http_url_problem(const char *url)
{
    CURLU *parsed = curl_url();
    const char *problem = "is not a URL";
    if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
        problem = problem_of(parsed);
    curl_url_cleanup(parsed);
    return problem;
}

/* What a receiver answers is nobody's business here. */
static size_t drop(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes, (void)ctx;
    return size * count;
}

static bool set_options(CURL *curl, const char *url, const char *user_agent, int64_t timeout_us)
{
    bool local = strncasecmp(url, "http:", 5) == 0;
    long timeout_ms = (long)(timeout_us / 1000);
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, local ? "http" : "https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, user_agent) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop) == CURLE_OK &&
           (!local || curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK); /* the environment's would see plain text */
}

struct http_post *http_post_new(const char *url, const char *user_agent, int64_t timeout_us, struct err *err)
{
    struct http_post *post = calloc(1, sizeof *post);
    if (post && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && (post->curl = curl_easy_init()) &&
        set_options(post->curl, url, user_agent, timeout_us))
        return post;
    http_post_free(post);
    (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "webhook: libcurl cannot be set up");
    return NULL;
}

void http_post_free(struct http_post *post)
{
    if (!post)
        return;
    curl_easy_cleanup(post->curl);
    free(post);
}

static bool refused(CURLcode code, long status, struct err *err)
{
    if (code != CURLE_OK)
        return err_set(err, ERR_RETRY, EXIT_CODE_UNAVAILABLE, "webhook: %s", curl_easy_strerror(code));
    return err_set(err, ERR_RETRY, EXIT_CODE_UNAVAILABLE, "webhook: the server answered with status %ld", status);
}

bool http_post_send(struct http_post *post, const char *const *headers, const char *body, size_t len, struct err *err)
{
    struct curl_slist *list = NULL;
    long status = 0;
    for (size_t i = 0; headers[i] && i < HTTP_HEADERS_MAX; i++) {
        struct curl_slist *longer = curl_slist_append(list, headers[i]);
        list = longer ? longer : list;
    }
    CURLcode code = curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, list);
    if (code == CURLE_OK)
        code = curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    if (code == CURLE_OK)
        code = curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, body);
    if (code == CURLE_OK)
        code = curl_easy_perform(post->curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(list);
    return (code == CURLE_OK && status >= 200 && status < 300) || refused(code, status, err);
}
