#include "clamp.h"

int clamp(int number, int low, int high) {
    if (number > high) {
        return high;
    }
    return number;
}
