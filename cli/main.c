#include <stdio.h>

int main(void)
{
    puts("tillstream");
    return 0;
}
