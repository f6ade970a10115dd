/*
 * Scores the shipped detector over labelled public series: bench_nab FOLDER, laid out as bench/nab_corpus.h says. The scorer and gate
 * are those of the processor with their defaults; nothing can be set here. A detection is an incident that opens.
 *
 * The split-half figure tells how much of a score is tuning: all levels are scaled by whatever factor is best for every other file,
 * and the remaining files are scored with it. The last line is for programs: standard S low_fp S low_fn S.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/nab_score.h"
#include "core/gate.h"
#include "core/scorer.h"

#define US_PER_S 1000000
#define S_PER_HOUR 3600
#define S_PER_DAY 86400
#define THURSDAY 4 /* 1970-01-01 */

struct detector_setting {
    struct scorer_config scorer;
    struct gate_config gate;
};

static struct detector_setting shipped(void)
{
    struct detector_setting setting;
    scorer_config_default(SCORER_SEASONAL, SCALE_RAW, &setting.scorer);
    gate_config_default(SCALE_RAW, &setting.gate);
    return setting;
}

static struct detector_setting scaled(double factor)
{
    struct detector_setting setting = shipped();
    setting.scorer.last_z *= factor;
    setting.scorer.mean_z *= factor;
    setting.scorer.long_z *= factor;
    return setting;
}

static struct profile_slot slot_of(int64_t at_s)
{
    int64_t of_day = (at_s % S_PER_DAY + S_PER_DAY) % S_PER_DAY, day = (at_s - of_day) / S_PER_DAY;
    return (struct profile_slot){(uint8_t)(of_day / S_PER_HOUR), (uint8_t)(((day + THURSDAY) % 7 + 7) % 7)};
}

/* The rows at which an incident opens; ret_rows has room for all. */
static uint32_t detect(const struct nab_series *series, const struct detector_setting *setting, uint32_t *ret_rows)
{
    struct scorer *scorer = calloc(1, scorer_bytes(&setting->scorer));
    struct gate gate = {0};
    uint32_t count = 0;
    for (uint32_t row = 0; scorer && row < series->n; row++) {
        struct verdict verdict;
        struct profile_slot slot = slot_of(series->at_s[row]);
        bool tested = scorer_test(scorer, &setting->scorer, slot, series->values[row], &verdict);
        if (gate_step(&gate, &setting->gate, tested ? &verdict : NULL, series->at_s[row] * US_PER_S) == GATE_OPENED)
            ret_rows[count++] = row;
        scorer_learn(scorer, &setting->scorer, slot, series->values[row]);
    }
    free(scorer);
    return count;
}

static void tally_series(const struct nab_series *series, const struct detector_setting *setting, struct nab_tally *ret_tally)
{
    uint32_t *rows = calloc(series->n + 1, sizeof *rows);
    *ret_tally = (struct nab_tally){0};
    if (rows)
        nab_tally_add(ret_tally, series, rows, detect(series, setting, rows));
    free(rows);
}

static bool same_category(const struct nab_series *a, const struct nab_series *b)
{
    return a->category_len == b->category_len && strncmp(a->path, b->path, (size_t)a->category_len) == 0;
}

static void print_line(const char *name, int name_len, const struct nab_tally *tally)
{
    printf("%-28.*s", name_len, name);
    if (tally->windows)
        printf("%9.2f %9.2f %9.2f", nab_score(tally, NAB_STANDARD), nab_score(tally, NAB_LOW_FP), nab_score(tally, NAB_LOW_FN));
    else
        printf("%9s %9s %9s", "-", "-", "-");
    printf("   found %u of %u, %u elsewhere\n", tally->found, tally->windows, tally->false_ones);
}

static struct nab_tally print_categories(const struct nab_corpus *corpus)
{
    struct detector_setting setting = shipped();
    struct nab_tally all = {0};
    for (size_t i = 0, next; i < corpus->count; i = next) {
        struct nab_tally category = {0};
        for (next = i; next < corpus->count && same_category(&corpus->series[i], &corpus->series[next]); next++) {
            struct nab_tally tally;
            tally_series(&corpus->series[next], &setting, &tally);
            nab_tally_merge(&category, &tally);
        }
        print_line(corpus->series[i].path, corpus->series[i].category_len, &category);
        nab_tally_merge(&all, &category);
    }
    print_line("all", 3, &all);
    return all;
}

static double score_half(const struct nab_corpus *corpus, size_t half, double factor)
{
    struct detector_setting setting = scaled(factor);
    struct nab_tally sum = {0};
    for (size_t i = half; i < corpus->count; i += 2) {
        struct nab_tally tally;
        tally_series(&corpus->series[i], &setting, &tally);
        nab_tally_merge(&sum, &tally);
    }
    return nab_score(&sum, NAB_STANDARD);
}

static void print_split_half(const struct nab_corpus *corpus)
{
    double scores[2], factors[2];
    for (size_t half = 0; half < 2; half++) {
        double best = -1e300;
        for (int percent = 70; percent <= 160; percent += 5) {
            double score = score_half(corpus, 1 - half, percent / 100.0);
            if (score > best) {
                best = score;
                factors[half] = percent / 100.0;
            }
        }
        scores[half] = score_half(corpus, half, factors[half]);
    }
    printf("split-half (standard)       %9.2f %9.2f           levels x %.2f and x %.2f, chosen on the other half\n", scores[0], scores[1],
           factors[0], factors[1]);
}

/* Of this process alone: the machine may have other work. */
static double now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void print_cost(const struct nab_corpus *corpus)
{
    struct detector_setting setting = shipped();
    double best = 1e300, points = 0;
    for (int round = 0; round < 5; round++) {
        double start = now_ns();
        points = 0;
        for (size_t i = 0; i < corpus->count; i++) {
            struct nab_tally tally;
            tally_series(&corpus->series[i], &setting, &tally);
            points += corpus->series[i].n;
        }
        double each = (now_ns() - start) / points;
        best = each < best ? each : best;
    }
    printf("%.0f points, %.1f ns per point tested and learnt; state of a series: %zu bytes, of its gate: %zu\n", points, best,
           scorer_bytes(&setting.scorer), sizeof(struct gate));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: bench_nab FOLDER   (with data/CATEGORY/NAME.csv and labels/combined_windows.json)\n", stderr);
        return EXIT_CODE_USAGE;
    }
    struct nab_corpus corpus;
    struct err err;
    if (!nab_corpus_read(&corpus, argv[1], &err)) {
        (void)fprintf(stderr, "bench_nab: %s\n", err.text);
        nab_corpus_done(&corpus);
        return err.exit_code;
    }
    printf("%-28s%9s %9s %9s\n", "", "standard", "low FP", "low FN");
    struct nab_tally all = print_categories(&corpus);
    print_split_half(&corpus);
    print_cost(&corpus);
    printf("standard %.2f low_fp %.2f low_fn %.2f\n", nab_score(&all, NAB_STANDARD), nab_score(&all, NAB_LOW_FP),
           nab_score(&all, NAB_LOW_FN));
    nab_corpus_done(&corpus);
    return EXIT_CODE_OK;
}
