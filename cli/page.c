#include "cli/page.h"

#include <stdarg.h>
#include <string.h>

#include "schemas/event.h"

#define LABEL_COLUMNS 60
#define AMOUNT_COLUMNS 16
#define PAGE_COLUMNS (LABEL_COLUMNS + 2 * AMOUNT_COLUMNS)
#define WORD_COLUMNS 10
#define INDENT 2
#define TEXT_BYTES 8192 /* what is longer is cut: notes of fee packs, lists of categories */

static const char *const bold = "\033[1m", *const yellow = "\033[33m", *const plain = "\033[0m";

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* C0, DEL, and C1 as UTF-8 has it (0xC2 0x80 to 0x9F). */
static void flatten(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (*at < 0x20 || *at == 0x7f)
            *at = ' ';
        else if (at[0] == 0xC2 && at[1] >= 0x80 && at[1] <= 0x9F)
            at[0] = at[1] = ' ';
    }
}

__attribute__((format(printf, 2, 0))) static void format_text(char *text, const char *format, va_list arguments)
{
    (void)vsnprintf(text, TEXT_BYTES, format, arguments);
    flatten(text);
}

/* Characters, taken to be one column wide each. */
static int columns_of(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += !continues(*text);
    return columns;
}

static void put_colour(const struct page *page, const char *colour)
{
    if (page->colour && colour)
        (void)fputs(colour, page->out);
}

static void put_amount(const struct page *page, int64_t amount_minor)
{
    if (amount_minor == EVENT_ABSENT)
        (void)fprintf(page->out, "%*s", AMOUNT_COLUMNS, "");
    else
        (void)fprintf(page->out, "%*s", AMOUNT_COLUMNS, figure_money(amount_minor, page->amount_scale).text);
}

static void put_row(const struct page *page, const char *colour, int64_t amount_minor, int64_t total_minor, const char *label)
{
    int columns = INDENT + columns_of(label);
    bool has_figures = amount_minor != EVENT_ABSENT || total_minor != EVENT_ABSENT;
    put_colour(page, colour);
    (void)fprintf(page->out, "%*s%s", INDENT, "", label);
    if (has_figures)
        (void)fprintf(page->out, "%*s", columns < LABEL_COLUMNS ? LABEL_COLUMNS - columns : 0, "");
    if (has_figures)
        put_amount(page, amount_minor);
    if (total_minor != EVENT_ABSENT)
        put_amount(page, total_minor);
    put_colour(page, colour ? plain : NULL);
    (void)fputc('\n', page->out);
}

void page_row(const struct page *page, int64_t amount_minor, int64_t total_minor, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    put_row(page, NULL, amount_minor, total_minor, text);
}

void page_result(const struct page *page, int64_t amount_minor, int64_t total_minor, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    put_row(page, bold, amount_minor, total_minor, text);
}

void page_books(const struct page *page, int64_t expected_minor, int64_t settled_minor, int64_t difference_minor,
                const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    int columns = INDENT + columns_of(text), room = LABEL_COLUMNS - AMOUNT_COLUMNS;
    (void)fprintf(page->out, "%*s%s%*s", INDENT, "", text, columns < room ? room - columns : 0, "");
    put_amount(page, expected_minor);
    put_amount(page, settled_minor);
    put_amount(page, difference_minor);
    (void)fputc('\n', page->out);
}

void page_head(const struct page *page, enum page_columns columns, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    put_colour(page, bold);
    (void)fputs(text, page->out);
    put_colour(page, plain);
    if (columns == PAGE_AMOUNT_AND_TOTAL)
        (void)fprintf(page->out, "%*s%*s", LABEL_COLUMNS + AMOUNT_COLUMNS - columns_of(text), "amount", AMOUNT_COLUMNS, "total");
    if (columns == PAGE_TWO_BOOKS)
        (void)fprintf(page->out, "%*s%*s%*s", LABEL_COLUMNS - columns_of(text), "expected", AMOUNT_COLUMNS, "settled", AMOUNT_COLUMNS,
                      "difference");
    (void)fputc('\n', page->out);
}

/* How many bytes of text go into one line of so many columns: up to the last space, or all of a word that is longer than a line. */
static size_t line_bytes(const char *text, int columns)
{
    size_t end = 0, space = 0;
    for (int column = 0; text[end]; end++) {
        if (continues(text[end]))
            continue;
        if (text[end] == ' ' && column)
            space = end;
        if (column++ == columns)
            break;
    }
    if (!text[end])
        return end;
    if (space)
        return space;
    return end + strcspn(text + end, " ");
}

/* The first line stands where the cursor is. */
static void put_wrapped(const struct page *page, int indent, const char *text)
{
    for (bool first = true; *text || first; first = false) {
        size_t bytes = line_bytes(text, PAGE_COLUMNS - indent);
        (void)fprintf(page->out, "%*s%.*s\n", first ? 0 : indent, "", (int)bytes, text);
        text += bytes;
        text += strspn(text, " ");
    }
}

void page_detail(const struct page *page, const char *word, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    (void)fprintf(page->out, "%*s%-*s", 2 * INDENT, "", WORD_COLUMNS, word);
    put_wrapped(page, 2 * INDENT + WORD_COLUMNS, text);
}

void page_note(const struct page *page, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    (void)fprintf(page->out, "%*s", INDENT, "");
    put_wrapped(page, INDENT, text);
}

void page_warning(const struct page *page, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    (void)fprintf(page->out, "%*s", INDENT, "");
    put_colour(page, yellow);
    put_wrapped(page, INDENT, text);
    put_colour(page, plain);
}

void page_gap(const struct page *page)
{
    (void)fputc('\n', page->out);
}
