#include "import_check.h"
#include "producers/csv_columns.h"

enum { ID, NAME, NOTE, COUNT };
static const struct csv_column columns[] = {
    {ID, true, "Order ID"}, {ID, false, "ID đơn hàng"}, {NAME, true, "Name"}, {NOTE, false, "Note"}, {0, false, NULL}};

static struct csv_reader csv;
static struct memory_file memory;

static void read_row(const char *bytes)
{
    memory = (struct memory_file){bytes, 0};
    csv_init(&csv, read_memory, &memory, "f.csv");
    cr_assert_eq(csv_next(&csv, NULL), CSV_ROW);
}

static bool find(const char *header, uint16_t *ret_places, struct err *err)
{
    read_row(header);
    return csv_find_columns(&csv, columns, "a file of tests", COUNT, ret_places, err);
}

Test(csv_columns, are_found_in_any_order_and_language_and_with_blanks_around_them)
{
    struct err err = {0};
    uint16_t places[COUNT];
    cr_assert(find("name, ORDER id\t\n", places, &err), "%s", err.text);
    cr_assert(places[ID] == 1 && places[NAME] == 0 && places[NOTE] == CSV_NO_COLUMN);
    cr_assert(find("\xef\xbb\xbfID đơn hàng,\xc2\xa0Name,other,Note\n", places, &err), "%s", err.text);
    cr_assert(places[ID] == 0 && places[NAME] == 1 && places[NOTE] == 3);
}

Test(csv_columns, a_missing_one_is_named_with_what_may_have_been_meant)
{
    struct err err = {0};
    uint16_t places[COUNT];
    cr_assert(!find("Order ID,Nmae\n", places, &err));
    cr_assert_str_eq(err.text, "f.csv:1:1: the column \"Name\" is missing (there is \"Nmae\"): is this a file of tests?");
    cr_assert(!find("Order ID,x,Name,ID đơn hàng\n", places, &err));
    cr_assert_str_eq(err.text, "f.csv:1:17: the column \"ID đơn hàng\" is there twice");
    cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
}

Test(csv_columns, texts_are_trimmed_and_bounded_and_utf_8)
{
    struct err err = {0};
    struct text text;
    read_row("\t12 \xc2\xa0,,\xff,abcdef\n");
    cr_assert(csv_text(&csv, 0, "id", 10, &text, &err) && is(text, "12"));
    cr_assert(csv_text(&csv, 1, "id", 10, &text, &err) && !text.ptr);
    cr_assert(csv_text(&csv, CSV_NO_COLUMN, "id", 10, &text, &err) && !text.ptr);
    cr_assert(!csv_text(&csv, 2, "id", 10, &text, &err));
    assert_begins(&err, "f.csv:1:9: id is not UTF-8");
    cr_assert(!csv_text(&csv, 3, "id", 5, &text, &err));
    assert_begins(&err, "f.csv:1:11: id has 6 bytes");
    cr_assert(!csv_id(&csv, 1, "id", 5, &text, &err));
    assert_begins(&err, "f.csv:1:8: id is empty");
    cr_assert(!csv_check_width(&csv, 5, &err));
    assert_begins(&err, "f.csv:1:1: 4 fields where the first row has 5");
    cr_assert(csv_check_width(&csv, 4, &err));
}
