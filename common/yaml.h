/*
 * A YAML file as a read-only tree with places. libyaml stays behind this file. What is refused, with its place: files
 * beyond 1 MiB, nesting beyond 32, aliases, anchors, tags, several documents, keys that are not plain text or that repeat.
 */
#ifndef COMMON_YAML_H
#define COMMON_YAML_H

#include <stdbool.h>
#include <stdint.h>

#include "common/problems.h"

#define YAML_BYTES_MAX (1024 * 1024)
#define YAML_DEPTH_MAX 32

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml_node {
    enum yaml_kind kind;
    unsigned line, column;   /* from 1 */
    const char *key;         /* in a map: the entry's key; else NULL */
    unsigned key_line, key_column;
    const char *scalar;      /* YAML_SCALAR: NUL-terminated UTF-8 without further NULs */
    bool quoted;             /* was written in quotes: never null, boolean or number */
    struct yaml_node *child; /* first entry or item */
    struct yaml_node *next;  /* sibling, in the order of the file */
    const struct yaml_node *parent;
    bool used;               /* set by readers; what stays unused is an unknown key */
    const char *origin;      /* where the value comes from if not from the file: shown instead of a place; borrowed */
};

struct yaml_file {
    char *path;              /* as given: what problems show */
    struct yaml_node *root;  /* a map; NULL for an empty file */
    uint64_t hash;           /* of the file's bytes */
};

/* Reads a file. false with problems. The file must be given to yaml_file_done either way. */
bool yaml_file_read(struct yaml_file *ret_file, const char *path, struct problems *problems);
/* The same for bytes in memory, which are shown as coming from path. */
bool yaml_text_read(struct yaml_file *ret_file, const char *path, const char *text, size_t len, struct problems *problems);
void yaml_file_done(struct yaml_file *file);

/* Sets the scalar at a dotted path ("kafka.brokers") as if the file had said it, making maps on the way. origin is borrowed: it must
 * live as long as the tree. false with a problem where the path leads through something that is not a map. */
bool yaml_set(struct yaml_file *file, const char *path, const char *value, const char *origin, struct problems *problems);

/* The entry of a map, marked as used; NULL where there is none or map is NULL. */
struct yaml_node *yaml_get(struct yaml_node *map, const char *key);

/* True for an absent node, `null`, `~` and an empty scalar without quotes. */
bool yaml_is_null(const struct yaml_node *node);

/* Writes the node's dotted path ("batch.rows", "rules[2].cap"); cut where it does not fit. */
void yaml_path(const struct yaml_node *node, char *ret_path, size_t size);

/* Adds a problem with the node's place and path. Returns false. */
__attribute__((format(printf, 4, 5))) bool yaml_problem(const struct yaml_file *file, const struct yaml_node *node,
                                                        struct problems *problems, const char *format, ...);

/*
 * Readers: false with a problem where the value is not of that kind; ret untouched then, and where the node is null.
 * They return true for a null node, so that a default that stands in ret stays.
 */
bool yaml_map(const struct yaml_file *file, struct yaml_node *node, struct problems *problems, struct yaml_node **ret);
bool yaml_text(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, const char **ret);
bool yaml_bool(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, bool *ret);
bool yaml_int(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int64_t min,
              int64_t max, int64_t *ret);
bool yaml_double(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, double min,
                 double max, double *ret);
/* 512, 64KiB, 8MiB, 1GiB; KB, MB, GB are thousands. */
bool yaml_size(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int64_t min,
               int64_t max, int64_t *ret_bytes);
/* 50ms, 2s, 5m, 2h, 1d: a unit is required. */
bool yaml_duration(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int64_t min_us,
                   int64_t max_us, int64_t *ret_us);
/* One of names (ends with NULL), as its index; with a suggestion where it is none. */
bool yaml_choice(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
                 const char *const *names, int *ret);

/* A problem for every entry of the map that nobody used; known (ends with NULL) serves suggestions. */
bool yaml_unknown_keys(const struct yaml_file *file, const struct yaml_node *map, struct problems *problems,
                       const char *const *known);

#endif
