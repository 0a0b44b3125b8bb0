/** Keeps numbers within their bounds. */
public final class Clamp {
    private Clamp() {}

    /** Returns the number, but no less than low and no more than high. */
    public static int clamp(int number, int low, int high) {
        if (number > high) {
            return high;
        }
        if (number < low) {
            return low;
        }
        return number;
    }
}
