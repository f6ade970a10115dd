#include "common/stopping.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_S 10

static atomic_bool stop_asked, reload_asked;
static _Atomic time_t stop_time_s;

static void on_stop(int signal_number)
{
    struct timespec now;
    if (atomic_exchange(&stop_asked, true))
        _exit(128 + signal_number);
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* async-signal-safe, and cannot fail for this clock */
    atomic_store(&stop_time_s, now.tv_sec);
}

static void on_reload(int signal_number)
{
    (void)signal_number;
    atomic_store(&reload_asked, true);
}

static void install(int signal_number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(signal_number, &action, NULL); /* fails only for signals that do not exist */
}

void stopping_install(void)
{
    install(SIGTERM, on_stop);
    install(SIGINT, on_stop);
    install(SIGHUP, on_reload);
    install(SIGPIPE, SIG_IGN);
}

const atomic_bool *stopping_flag(void)
{
    return &stop_asked;
}

bool stopping_take_reload(void)
{
    return atomic_exchange(&reload_asked, false);
}

bool stopping_is_overdue(void *ctx)
{
    struct timespec now;
    (void)ctx;
    if (!atomic_load(&stop_asked))
        return false;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return now.tv_sec - atomic_load(&stop_time_s) >= DRAIN_S;
}
