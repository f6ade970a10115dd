#include "alerts/http_post.h"

#include <criterion/criterion.h>

Test(http_post, https_goes_anywhere)
{
    cr_assert_null(http_url_problem("https://hooks.example.com/tillstream"));
    cr_assert_null(http_url_problem("https://10.0.0.7:8443/x?y=z"));
}

Test(http_post, plain_http_goes_to_this_machine_only)
{
    static const char *const good[] = {"http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:80/", "http://127.9.9.9/", "HTTP://LOCALHOST/"};
    static const char *const bad[] = {"http://hooks.example.com/", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
                                      "http://0.0.0.0/", "http://[::2]/", "http://127.0.0.1x/"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert_null(http_url_problem(good[i]), "%s: %s", good[i], http_url_problem(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not_null(http_url_problem(bad[i]), "%s", bad[i]);
}

Test(http_post, a_url_holds_no_user_and_is_one)
{
    static const char *const bad[] = {"https://user:pass@example.com/", "https://user@example.com/", "http://127.0.0.1@example.com/", "ftp://example.com/",
                                      "file:///etc/passwd", "example.com/x", "", "https://", "https://exa mple.com/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not_null(http_url_problem(bad[i]), "%s", bad[i]);
}
