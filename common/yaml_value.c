/*
 * From the nodes of a YAML tree to values. A scalar is what its text says: no guessing, no "yes" for true.
 */
#include "common/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/suggest.h"

#define PATH_MAX_BYTES 256

bool yaml_is_null(const struct yaml_node *node)
{
    if (!node)
        return true;
    if (node->kind != YAML_SCALAR || node->quoted)
        return false;
    return node->scalar[0] == '\0' || strcmp(node->scalar, "~") == 0 || strcmp(node->scalar, "null") == 0;
}

bool yaml_problem(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
                  const char *format, ...)
{
    char path[PATH_MAX_BYTES], reason[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args); /* cut text still names the place */
    va_end(args);
    yaml_path(node, path, sizeof path);
    if (node->origin)
        return problems_add(problems, node->origin, 0, 0, path, "%s", reason);
    return problems_add(problems, file->path, node->line, node->column, path, "%s", reason);
}

bool yaml_text(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, const char **ret)
{
    if (yaml_is_null(node))
        return true;
    if (node->kind != YAML_SCALAR)
        return yaml_problem(file, node, problems, "must be text");
    *ret = node->scalar;
    return true;
}

bool yaml_map(const struct yaml_file *file, struct yaml_node *node, struct problems *problems, struct yaml_node **ret)
{
    if (yaml_is_null(node))
        return true;
    if (node->kind != YAML_MAP)
        return yaml_problem(file, node, problems, "must be a map of keys");
    *ret = node;
    return true;
}

bool yaml_bool(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, bool *ret)
{
    if (yaml_is_null(node))
        return true;
    bool is_true = node->kind == YAML_SCALAR && strcmp(node->scalar, "true") == 0;
    bool is_false = node->kind == YAML_SCALAR && strcmp(node->scalar, "false") == 0;
    if (!is_true && !is_false)
        return yaml_problem(file, node, problems, "must be true or false");
    *ret = is_true;
    return true;
}

bool yaml_int(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int64_t min,
              int64_t max, int64_t *ret)
{
    if (yaml_is_null(node))
        return true;
    char *end = NULL;
    errno = 0;
    long long value = node->kind == YAML_SCALAR && !node->quoted && node->scalar[0] ? strtoll(node->scalar, &end, 10) : 0;
    if (!end || *end || errno)
        return yaml_problem(file, node, problems, "must be a whole number");
    if (value < min || value > max)
        return yaml_problem(file, node, problems, "must lie in %lld to %lld", (long long)min, (long long)max);
    *ret = value;
    return true;
}

bool yaml_double(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, double min,
                 double max, double *ret)
{
    if (yaml_is_null(node))
        return true;
    char *end = NULL;
    double value = node->kind == YAML_SCALAR && !node->quoted && node->scalar[0] ? strtod(node->scalar, &end) : 0;
    if (!end || *end || !isfinite(value))
        return yaml_problem(file, node, problems, "must be a number");
    if (value < min || value > max)
        return yaml_problem(file, node, problems, "must lie in %g to %g", min, max);
    *ret = value;
    return true;
}

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit size_units[] = {{"KiB", 1024},    {"MiB", 1048576},    {"GiB", 1073741824}, {"KB", 1000},
                                         {"MB", 1000000}, {"GB", 1000000000}, {"B", 1},            {NULL, 0}};
static const struct unit time_units[] = {{"us", 1},          {"ms", 1000},          {"s", 1000000}, {"m", 60000000},
                                         {"h", 3600000000}, {"d", 86400000000}, {NULL, 0}};

/* A whole number with one of the units; false where it is not that, or does not fit. */
static bool number_with_unit(const char *text, const struct unit *units, int64_t *ret)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || errno || text[0] == '+')
        return false;
    while (*end == ' ')
        end++;
    for (; units->name; units++)
        if (strcmp(end, units->name) == 0)
            return !__builtin_mul_overflow((int64_t)number, units->factor, ret);
    return false;
}

static bool with_unit(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
                      const struct unit *units, const char *examples, const int64_t range[2], int64_t *ret)
{
    int64_t value;
    if (yaml_is_null(node))
        return true;
    if (node->kind != YAML_SCALAR || !number_with_unit(node->scalar, units, &value))
        return yaml_problem(file, node, problems, "needs a number with a unit, such as %s", examples);
    if (value < range[0] || value > range[1])
        return yaml_problem(file, node, problems, "is out of range, %s", value < range[0] ? "too small" : "too large");
    *ret = value;
    return true;
}

bool yaml_size(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int64_t min,
               int64_t max, int64_t *ret_bytes)
{
    return with_unit(file, node, problems, size_units, "64KiB or 8MiB", (const int64_t[2]){min, max}, ret_bytes);
}

bool yaml_duration(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int64_t min_us,
                   int64_t max_us, int64_t *ret_us)
{
    return with_unit(file, node, problems, time_units, "50ms, 30s or 2h", (const int64_t[2]){min_us, max_us}, ret_us);
}

bool yaml_choice(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
                 const char *const *names, int *ret)
{
    if (yaml_is_null(node))
        return true;
    if (node->kind != YAML_SCALAR)
        return yaml_problem(file, node, problems, "must be a name");
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], node->scalar) == 0) {
            *ret = i;
            return true;
        }
    }
    const char *near = suggest_of(node->scalar, names);
    return yaml_problem(file, node, problems, "\"%.64s\" is not known%s%s%s", node->scalar, near ? "; did you mean " : "",
                        near ? near : "", near ? "?" : "");
}

bool yaml_unknown_keys(const struct yaml_file *file, const struct yaml_node *map, struct problems *problems,
                       const char *const *known)
{
    bool none = true;
    for (const struct yaml_node *entry = map ? map->child : NULL; entry; entry = entry->next) {
        if (entry->used || !entry->key)
            continue;
        char path[PATH_MAX_BYTES];
        const char *near = suggest_of(entry->key, known);
        yaml_path(entry, path, sizeof path);
        none = problems_add(problems, entry->origin ? entry->origin : file->path, entry->key_line, entry->key_column, path,
                            "unknown key%s%s%s",
                            near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    return none;
}
