/* Returns the number, but no less than low and no more than high. */
int clamp(int number, int low, int high);
