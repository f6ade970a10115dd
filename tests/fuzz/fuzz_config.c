/*
 * Any bytes as a configuration file: read or refused with problems that have places, and everything is given back.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/app_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct problems problems; /* large */
    struct app_config config;
    char path[64];
    int file = memfd_create("config.yaml", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    bool loaded = app_config_load(&config, path, NULL, 0, &problems);
    if (loaded != (problems.count == 0))
        abort();
    app_config_done(&config);
    problems_done(&problems);
    problems = (struct problems){0};
    (void)close(file);
    return 0;
}
