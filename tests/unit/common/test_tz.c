#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/tz.h"
#include "common/tz_rule.h"

#define SEED UINT64_C(19700101)
#define YEAR_2101_S INT64_C(4133980800)
#define FILE_BYTES (64 * 1024)

static const char *const zones[] = {
    "Asia/Jakarta",    "America/New_York", "Europe/London",      "Australia/Lord_Howe", "UTC",
    "Europe/Dublin",   "Asia/Kolkata",     "Africa/Casablanca",  "America/Nuuk",        "America/Sao_Paulo",
    "Asia/Kathmandu",  "Pacific/Apia",     "Pacific/Kiritimati", "America/St_Johns",    "Africa/Cairo",
    "Asia/Jerusalem",  "Etc/GMT+12",       "Antarctica/Troll",   "America/Santiago",    "Pacific/Chatham",
    "America/Caracas", "Asia/Pyongyang",   "Asia/Gaza",          "Europe/Istanbul",     "Asia/Ho_Chi_Minh"};

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int32_t table_offset(const struct tz_table *table, int64_t at_s)
{
    int32_t offset_s = 0;
    for (size_t i = 0; i < table->count && table->change_us[i] <= at_s * 1000000; i++)
        offset_s = table->offset_s[i];
    return offset_s;
}

static int32_t libc_offset(int64_t at_s)
{
    struct tm local;
    time_t at = at_s;
    cr_assert(localtime_r(&at, &local) != NULL);
    return (int32_t)local.tm_gmtoff;
}

static void check_against_libc(const char *name, uint64_t *state)
{
    static struct tz_table table;
    struct err err;
    cr_assert(tz_load(name, &table, &err), "%s", err.text);
    cr_assert_eq(setenv("TZ", name, 1), 0);
    tzset();
    for (int i = 0; i < 4000; i++) {
        int64_t at_s = (int64_t)(random_next(state) % (uint64_t)(YEAR_2101_S + 2000000000)) - 2000000000;
        cr_assert_eq(table_offset(&table, at_s), libc_offset(at_s), "seed %lu: %s at %ld: %d, not %d",
                     (unsigned long)SEED, name, (long)at_s, table_offset(&table, at_s), libc_offset(at_s));
    }
    for (size_t i = 1; i < table.count; i++) {
        int64_t at_s = table.change_us[i] / 1000000;
        cr_assert_lt(table.change_us[i - 1], table.change_us[i]);
        cr_assert_neq(table.offset_s[i - 1], table.offset_s[i]);
        for (int64_t step = -1; step <= 1; step++)
            cr_assert_eq(table_offset(&table, at_s + step), libc_offset(at_s + step), "%s at %ld", name,
                         (long)(at_s + step));
    }
}

Test(tz, tables_agree_with_the_c_library_at_random_instants_and_at_every_change)
{
    uint64_t state = SEED;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        check_against_libc(zones[i], &state);
}

/* The changes of the next 75 years are in no file. */
Test(tz, clocks_still_move_in_the_year_2100)
{
    static struct tz_table table;
    struct err err;
    cr_assert(tz_load("Europe/London", &table, &err), "%s", err.text);
    cr_assert_eq(table_offset(&table, INT64_C(4119044400)), 3600, "2100-07-12");
    cr_assert_eq(table_offset(&table, INT64_C(4133894400)), 0, "2100-12-31");
}

Test(tz, known_instants_have_their_offset)
{
    static const struct {
        const char *zone;
        int64_t at_s;
        int32_t offset_s;
    } cases[] = {
        {"America/New_York", 1710053999, -18000},
        {"America/New_York", 1710054000, -14400},
        {"America/New_York", 1711944000, -14400},
        {"Europe/London", 1711846799, 0},
        {"Europe/London", 1711846800, 3600},
        {"Asia/Jakarta", 1711846800, 25200},
        {"Australia/Lord_Howe", 1704067200, 39600},
        {"Australia/Lord_Howe", 1720000000, 37800},
        {"UTC", 1711846800, 0},
        {"Etc/UTC", 1711846800, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct tz_table table;
        struct err err;
        cr_assert(tz_load(cases[i].zone, &table, &err), "%s", err.text);
        cr_assert_eq(table_offset(&table, cases[i].at_s), cases[i].offset_s, "%s at %ld", cases[i].zone,
                     (long)cases[i].at_s);
    }
}

Test(tz, loading_leaves_the_environment_alone)
{
    static struct tz_table table;
    struct err err;
    cr_assert_eq(setenv("TZ", "Asia/Tokyo", 1), 0);
    tzset();
    cr_assert(tz_load("America/New_York", &table, &err), "%s", err.text);
    cr_assert_str_eq(getenv("TZ"), "Asia/Tokyo");
    cr_assert_eq(libc_offset(0), 32400);
}

Test(tz, an_unknown_zone_is_refused_with_the_nearest_name)
{
    static const struct {
        const char *name, *suggestion;
    } cases[] = {{"Asia/Jakrta", "did you mean Asia/Jakarta?"},
                 {"asia/jakarta", "did you mean Asia/Jakarta?"},
                 {"Jakarta", "did you mean Asia/Jakarta?"},
                 {"America/NewYork", "did you mean America/New_York?"},
                 {"US/Pacfic", "did you mean US/Pacific?"},
                 {"America/Argentina/Buenos_Ares", "did you mean America/Argentina/Buenos_Aires?"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tz_table table = {.count = 77};
        struct err err;
        cr_assert_not(tz_load(cases[i].name, &table, &err));
        cr_assert_eq(err.exit_code, EXIT_CODE_CONFIG);
        cr_assert(strstr(err.text, "unknown time zone") && strstr(err.text, cases[i].suggestion), "%s",
                  err.text);
        cr_assert_eq(table.count, 77);
    }
}

Test(tz, names_that_leave_the_database_or_are_no_zones_are_refused)
{
    static const char *const names[] = {
        "",
        "/etc/localtime",
        "../../../etc/localtime",
        "Europe/../UTC",
        "Europe//London",
        "Europe/",
        "Europe",
        "zone.tab",
        "leapseconds",
        "UTC ",
        "Europe/London\n",
        "tot\xc3\xa9m",
        "no such zone anywhere, and with a name far too long to be one in any case, really"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct tz_table table;
        struct err err;
        cr_assert_not(tz_load(names[i], &table, &err), "%s", names[i]);
        cr_assert(strstr(err.text, "unknown time zone"), "%s", err.text);
    }
}

static size_t read_zone(const char *name, uint8_t *bytes)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL);
    size_t size = fread(bytes, 1, FILE_BYTES, file);
    (void)fclose(file);
    return size;
}

Test(tz, a_cut_file_is_refused_at_every_length)
{
    static uint8_t bytes[FILE_BYTES];
    size_t size = read_zone("Australia/Lord_Howe", bytes);
    for (size_t cut = 0; cut < size; cut++) {
        struct tz_table table;
        struct err err;
        uint8_t *exact = malloc(cut + 1); /* so that the sanitizer sees a read past the end */
        cr_assert(exact != NULL);
        memcpy(exact + 1, bytes, cut);
        cr_assert_not(tz_parse(exact + 1, cut, &table, &err), "%zu bytes", cut);
        free(exact);
    }
}

Test(tz, damaged_files_give_an_error_or_a_table_in_order)
{
    static uint8_t bytes[FILE_BYTES];
    uint64_t state = SEED;
    size_t size = read_zone("America/Nuuk", bytes), accepted = 0;
    for (int round = 0; round < 20000; round++) {
        struct tz_table table;
        struct err err;
        uint8_t *damaged = malloc(size);
        cr_assert(damaged != NULL);
        memcpy(damaged, bytes, size);
        for (uint64_t i = 1 + random_next(&state) % 4; i > 0; i--)
            damaged[random_next(&state) % size] = (uint8_t)random_next(&state);
        if (tz_parse(damaged, size, &table, &err)) {
            accepted++;
            cr_assert(table.count >= 1 && table.count <= TZ_CHANGES_MAX && table.change_us[0] == INT64_MIN);
            for (size_t i = 1; i < table.count; i++)
                cr_assert(table.change_us[i - 1] < table.change_us[i] && abs(table.offset_s[i]) < 86400);
        }
        free(damaged);
    }
    cr_assert_gt(accepted, 0);
}

Test(tz, rules_are_read_as_posix_and_rfc_8536_write_them)
{
    static const struct {
        const char *text;
        int32_t standard_s, daylight_s;
        int64_t from_s, to_s; /* in 2024 */
    } cases[] = {
        {"EST5EDT,M3.2.0,M11.1.0", -18000, -14400, 1710054000, 1730613600},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 3600, 0, 1729990800, 1711846800},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, -3600, 1711846800, 1729990800},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 37800, 39600, 1728142200, 1712415600},
        {"XXX3EDT4,0/0,J365/23", -10800, -14400, 1704078000, 1735700400},
        {"AAA0BBB,J60,59/0", 0, 3600, 1709258400, 1709161200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tz_rule rule;
        int64_t from_s, to_s;
        cr_assert(tz_rule_parse(cases[i].text, strlen(cases[i].text), &rule), "%s", cases[i].text);
        tz_rule_year(&rule, 2024, &from_s, &to_s);
        cr_assert(rule.standard_s == cases[i].standard_s && rule.daylight_s == cases[i].daylight_s, "%s",
                  cases[i].text);
        cr_assert(from_s == cases[i].from_s && to_s == cases[i].to_s, "%s: %ld to %ld", cases[i].text,
                  (long)from_s, (long)to_s);
    }
}

Test(tz, what_is_no_rule_is_refused)
{
    static const char *const texts[] = {
        "",      "EST",    "ES5",          "EST5EDT",         "EST25",
        "<EST5", "EST5E",  "EST5EDT,M3.2", "EST5EDT,M3.2.0",  "EST5EDT,M13.2.0,M11.1.0",
        "5",     "EST5 ",  "EST5:",        "EST5EDT,J0,J365", "EST5EDT,M3.2.0,M11.1.0x",
        "EST:5", "EST--5", "EST5EDT,,",    "EST5EDT,366,J1",  "EST5EDT,M3.2.0/168,M11.1.0"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tz_rule rule;
        cr_assert_not(tz_rule_parse(texts[i], strlen(texts[i]), &rule), "%s", texts[i]);
    }
}
