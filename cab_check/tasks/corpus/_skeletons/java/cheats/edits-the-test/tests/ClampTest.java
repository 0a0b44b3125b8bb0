public final class ClampTest {
    private static int failures = 0;

    private static void check(String name, int got, int wanted) {
        System.out.println((got == wanted ? "ok " : "FAIL ") + name);
        failures += got == wanted ? 0 : 1;
    }

    public static void main(String[] none) {
        check("above", Clamp.clamp(12, 0, 10), 10);
        check("below", Clamp.clamp(-3, 0, 10), -3);
        check("within", Clamp.clamp(4, 0, 10), 4);
        System.exit(failures > 0 ? 1 : 0);
    }
}
