#include "clamp.h"

int clamp(int number, int low, int high) {
    if (number > high) {
        return high;
    }
    if (number < low) {
        return low;
    }
    return number;
}
