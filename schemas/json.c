/* Recursive descent; the recursion is bounded by JSON_DEPTH_MAX and nothing is ever read at or behind end. */
#include "schemas/json.h"

#include <string.h>

struct parser {
    const char *start, *at, *end;
    struct arena *arena;
    struct err *err;
    int depth;
};

static const struct json *fail(struct parser *parser, const char *what)
{
    (void)err_set(parser->err, ERR_FATAL, EXIT_CODE_DATA, "schema: %s at byte %zu", what,
                  (size_t)(parser->at - parser->start));
    return NULL;
}

static void skip_space(struct parser *parser)
{
    while (parser->at < parser->end && strchr(" \t\r\n", *parser->at) && *parser->at)
        parser->at++;
}

static bool take(struct parser *parser, char wanted)
{
    skip_space(parser);
    if (parser->at == parser->end || *parser->at != wanted)
        return false;
    parser->at++;
    return true;
}

static struct json *node_new(struct parser *parser, enum json_kind kind)
{
    struct json *node = arena_alloc(parser->arena, sizeof *node);
    *node = (struct json){.kind = kind};
    return node;
}

/* Behind the opening quote. */
static bool take_string(struct parser *parser, struct text *ret_text)
{
    const char *from = parser->at;
    for (; parser->at < parser->end; parser->at++) {
        if (*parser->at == '"') {
            *ret_text = (struct text){from, (uint32_t)(parser->at - from)};
            parser->at++;
            return true;
        }
        if ((unsigned char)*parser->at < 0x20)
            break;
        if (*parser->at == '\\' && ++parser->at == parser->end)
            break;
    }
    return fail(parser, "a string does not end") != NULL;
}

static const struct json *parse_value(struct parser *parser);

static const struct json *parse_children(struct parser *parser, enum json_kind kind, char closing)
{
    struct json *node = node_new(parser, kind);
    const struct json **link = &node->first;
    if (take(parser, closing))
        return node;
    do {
        struct text key = {0};
        if (kind == JSON_OBJECT &&
            (!take(parser, '"') || !take_string(parser, &key) || !take(parser, ':')))
            return fail(parser, "expected \"key\":");
        struct json *child = (struct json *)parse_value(parser);
        if (!child)
            return NULL;
        child->key = key;
        *link = child;
        link = &child->next;
        node->count++;
    } while (take(parser, ','));
    return take(parser, closing) ? node : fail(parser, "expected , or a closing bracket");
}

static const struct json *parse_word(struct parser *parser)
{
    static const struct {
        const char *word;
        enum json_kind kind;
    } words[] = {{"null", JSON_NULL}, {"true", JSON_TRUE}, {"false", JSON_FALSE}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i].word);
        if ((size_t)(parser->end - parser->at) >= len && !memcmp(parser->at, words[i].word, len)) {
            parser->at += len;
            return node_new(parser, words[i].kind);
        }
    }
    return fail(parser, "expected a value");
}

static const struct json *parse_number(struct parser *parser)
{
    const char *from = parser->at;
    while (parser->at < parser->end && *parser->at && strchr("+-.eE0123456789", *parser->at))
        parser->at++;
    struct json *node = node_new(parser, JSON_NUMBER);
    node->text = (struct text){from, (uint32_t)(parser->at - from)};
    return node;
}

static const struct json *parse_string(struct parser *parser)
{
    struct json *node = node_new(parser, JSON_STRING);
    return take_string(parser, &node->text) ? node : NULL;
}

static const struct json *parse_value(struct parser *parser)
{
    if (parser->depth == JSON_DEPTH_MAX)
        return fail(parser, "nested too deeply");
    parser->depth++;
    const struct json *value;
    if (take(parser, '{'))
        value = parse_children(parser, JSON_OBJECT, '}');
    else if (take(parser, '['))
        value = parse_children(parser, JSON_ARRAY, ']');
    else if (take(parser, '"'))
        value = parse_string(parser);
    else if (parser->at < parser->end && (*parser->at == '-' || (*parser->at >= '0' && *parser->at <= '9')))
        value = parse_number(parser);
    else
        value = parse_word(parser);
    parser->depth--;
    return value;
}

const struct json *json_parse(struct arena *arena, const char *text, size_t len, struct err *err)
{
    struct parser parser = {.start = text, .at = text, .end = text + len, .arena = arena, .err = err};
    if (len > JSON_BYTES_MAX)
        return fail(&parser, "larger than 256 KiB");
    const struct json *root = parse_value(&parser);
    if (!root)
        return NULL;
    skip_space(&parser);
    return parser.at == parser.end ? root : fail(&parser, "text behind the value");
}

const struct json *json_get(const struct json *json, const char *key)
{
    if (!json || json->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *child = json->first; child; child = child->next)
        if (text_equals(child->key, key))
            return child;
    return NULL;
}

bool json_is_string(const struct json *json, const char *string)
{
    return json && json->kind == JSON_STRING && text_equals(json->text, string);
}

bool text_equals(struct text text, const char *string)
{
    size_t len = strlen(string);
    return text.ptr && text.len == len && !memcmp(text.ptr, string, len);
}
