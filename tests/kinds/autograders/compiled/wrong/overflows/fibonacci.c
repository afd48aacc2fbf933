#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    int a = 0, b = 1, swap;
    for (int n = atoi(arguments[1]); n > 0; n--) { swap = a + b; a = b; b = swap; }
    printf("%d\n", a);
    return 0;
}
