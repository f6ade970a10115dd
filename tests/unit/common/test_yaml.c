#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/yaml.h"

static struct yaml_file file;
static struct problems problems;

static bool read_text(const char *text)
{
    memset(&problems, 0, sizeof problems);
    return yaml_text_read(&file, "f.yaml", text, strlen(text), &problems);
}

static void close_file(void)
{
    yaml_file_done(&file);
    problems_done(&problems);
}

static void refuses(const char *text, unsigned line, const char *reason)
{
    cr_assert_not(read_text(text), "%s", text);
    cr_assert_geq(problems.count, 1);
    cr_assert_eq(problems.items[0].line, line, "line %u of: %s", problems.items[0].line, text);
    cr_assert_not_null(strstr(problems.items[0].reason, reason), "%s", problems.items[0].reason);
    close_file();
}

Test(yaml, a_tree_has_its_values_and_their_places)
{
    cr_assert(read_text("a: 1\nb:\n  c: [x, 'y']\n"));
    struct yaml_node *c = yaml_get(yaml_get(file.root, "b"), "c");
    cr_assert_eq(c->kind, YAML_LIST);
    cr_assert_eq(c->line, 3);
    cr_assert_eq(c->column, 6);
    cr_assert_str_eq(c->child->scalar, "x");
    cr_assert_not(c->child->quoted);
    cr_assert(c->child->next->quoted);
    char path[64];
    yaml_path(c->child->next, path, sizeof path);
    cr_assert_str_eq(path, "b.c[1]");
    close_file();
}

Test(yaml, what_could_surprise_is_refused_with_its_place)
{
    refuses("a: &x 1\nb: *x\n", 1, "anchor");
    refuses("a: 1\na: 2\n", 2, "a");
    refuses("a: !!binary aGk=\n", 1, "tag");
    refuses("a: 1\n---\nb: 2\n", 2, "document");
    refuses("a: [1, 2\n", 2, "");
    refuses("- 1\n", 1, "map");
}

Test(yaml, depth_and_size_are_bounded)
{
    char deep[256];
    memset(deep, '[', sizeof deep);
    memcpy(deep, "a: ", 3);
    deep[200] = 0;
    cr_assert_not(read_text(deep));
    close_file();
    char *large = malloc(YAML_BYTES_MAX + 100);
    cr_assert_not_null(large);
    memset(large, '#', YAML_BYTES_MAX + 99);
    large[YAML_BYTES_MAX + 99] = 0;
    cr_assert_not(read_text(large));
    close_file();
    free(large);
}

Test(yaml, readers_take_their_kind_and_leave_defaults_where_nothing_is_said)
{
    cr_assert(read_text("n: 42\nt: yes it is\nb: true\nd: 2.5\ns: 64KiB\nw: 250ms\nz: null\n"));
    int64_t n = 7, s = 0, w = 0;
    const char *t = NULL;
    bool b = false;
    double d = 0;
    cr_assert(yaml_int(&file, yaml_get(file.root, "n"), &problems, 0, 100, &n));
    cr_assert(yaml_text(&file, yaml_get(file.root, "t"), &problems, &t));
    cr_assert(yaml_bool(&file, yaml_get(file.root, "b"), &problems, &b));
    cr_assert(yaml_double(&file, yaml_get(file.root, "d"), &problems, 0, 10, &d));
    cr_assert(yaml_size(&file, yaml_get(file.root, "s"), &problems, 0, INT64_MAX, &s));
    cr_assert(yaml_duration(&file, yaml_get(file.root, "w"), &problems, 0, INT64_MAX, &w));
    cr_assert(n == 42 && b && d == 2.5 && s == 65536 && w == 250000);
    cr_assert_str_eq(t, "yes it is");
    cr_assert(yaml_int(&file, yaml_get(file.root, "z"), &problems, 0, 100, &n));
    cr_assert(yaml_int(&file, yaml_get(file.root, "absent"), &problems, 0, 100, &n));
    cr_assert_eq(n, 42);
    close_file();
}

Test(yaml, readers_refuse_other_kinds_and_what_is_out_of_range)
{
    static const char *const wrong[] = {"9223372036854775808", "1e3", "0x10", "101", "-1", "'5'", "[5]", "5 apples"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        int64_t n = 7;
        (void)snprintf(text, sizeof text, "n: %s\n", wrong[i]);
        cr_assert(read_text(text));
        cr_assert_not(yaml_int(&file, yaml_get(file.root, "n"), &problems, 0, 100, &n), "%s", wrong[i]);
        cr_assert_eq(n, 7);
        cr_assert_eq(problems.count, 1);
        close_file();
    }
}

Test(yaml, a_value_set_from_elsewhere_replaces_that_of_the_file)
{
    int64_t rows = 0;
    cr_assert(read_text("batch: {rows: 1}\n"));
    cr_assert(yaml_set(&file, "batch.rows", "2", "--rows", &problems));
    cr_assert(yaml_set(&file, "kafka.security.protocol", "SSL", "ENV", &problems));
    cr_assert(yaml_int(&file, yaml_get(yaml_get(file.root, "batch"), "rows"), &problems, 0, 9, &rows));
    cr_assert_eq(rows, 2);
    cr_assert_str_eq(yaml_get(yaml_get(yaml_get(file.root, "kafka"), "security"), "protocol")->scalar, "SSL");
    cr_assert_not(yaml_set(&file, "batch.rows.deep", "2", "--rows", &problems));
    close_file();
}

Test(yaml, unknown_keys_get_a_suggestion)
{
    static const char *const known[] = {"rows", "bytes", NULL};
    cr_assert(read_text("rowz: 1\nbytes: 2\n"));
    (void)yaml_get(file.root, "bytes");
    cr_assert_not(yaml_unknown_keys(&file, file.root, &problems, known));
    cr_assert_eq(problems.count, 1);
    cr_assert_not_null(strstr(problems.items[0].reason, "rows"));
    close_file();
}
