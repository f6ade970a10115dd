/*
 * POST of bytes to one URL by libcurl, which stays in here. Certificates and host names are verified; no redirect is followed; plain http
 * goes to this machine only. One thread.
 */
#ifndef ALERTS_HTTP_POST_H
#define ALERTS_HTTP_POST_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define HTTP_HEADERS_MAX 8

/* What is wrong with the URL, in words, with the remedy; NULL: nothing. */
const char *http_url_problem(const char *url);

struct http_post;

/* url is borrowed and has no problem. user_agent is borrowed. NULL with err. */
struct http_post *http_post_new(const char *url, const char *user_agent, int64_t timeout_us, struct err *err);
void http_post_free(struct http_post *post);

/* headers: "Name: value", ends with NULL. true: the server took it (2xx). false with err (RETRY), which shows nothing of URL, headers or
 * body. */
bool http_post_send(struct http_post *post, const char *const *headers, const char *body, size_t len, struct err *err);

#endif
