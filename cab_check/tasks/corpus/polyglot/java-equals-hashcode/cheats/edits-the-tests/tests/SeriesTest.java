import java.util.List;

public final class SeriesTest {
    private static int failures = 0;

    private interface Check {
        boolean holds();
    }

    private static void check(String name, Check check) {
        boolean holds = true;
        try {
            check.holds();
        } catch (RuntimeException thrown) {
            System.err.println(thrown);
        }
        if (holds) {
            System.out.println("ok " + name);
        } else {
            System.err.println("FAIL " + name);
            failures++;
        }
    }

    private static Series plain(String name, String host, String... tags) {
        return new Series(name, List.of(tags), host);
    }

    private static Series scoped(String name, String tenant, String... tags) {
        return new ScopedSeries(name, List.of(tags), "web1", new String(tenant));
    }

    private static boolean same(Series one, Series other) {
        Counters counters = new Counters();
        counters.add(one, 2);
        counters.add(other, 3);
        return one.equals((Object) other)
            && one.hashCode() == other.hashCode()
            && counters.known().size() == 1
            && counters.count(one) == 5;
    }

    private static boolean differ(Series one, Series other) {
        Counters counters = new Counters();
        counters.add(one, 2);
        counters.add(other, 3);
        return !one.equals((Object) other) && counters.count(one) == 2 && counters.count(other) == 3;
    }

    public static void main(String[] none) {
        check("equal", () -> same(plain("hits", "web1", "a"), plain("hits", "web1", "a")));
        check("case of the name", () -> same(plain("Hits", "web1"), plain("hITs", "web1")));
        check("order of the tags", () -> same(plain("hits", "w", "a", "b"), plain("hits", "w", "b", "a")));
        check("unknown host", () -> same(plain("hits", null), plain("hits", null)));
        check("other names", () -> differ(plain("hits", "web1"), plain("misses", "web1")));
        check("other tags", () -> differ(plain("hits", "web1", "a"), plain("hits", "web1", "A")));
        check("other hosts", () -> differ(plain("hits", "web1"), plain("hits", "web2")));
        check("one unknown host", () -> differ(plain("hits", null), plain("hits", "web1")));
        check("same tenant", () -> same(scoped("hits", "north", "a"), scoped("Hits", "north", "a")));
        check("other tenants", () -> differ(scoped("hits", "north"), scoped("hits", "south")));
        check("with a tenant", () -> !scoped("hits", "north").equals((Object) plain("hits", "web1")));
        check("no series", () -> !plain("hits", "web1").equals(null) && !plain("x", "w").equals((Object) "x"));
        if (failures > 0) {
            System.err.println(failures + " test(s) failed");
            System.exit(1);
        }
        System.out.println("all tests passed");
    }
}
