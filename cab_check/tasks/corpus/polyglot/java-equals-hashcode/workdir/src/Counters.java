import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What was counted, by series. */
public final class Counters {
    private final Map<Series, Long> counts = new HashMap<>();

    /** Adds to what was counted for a series. */
    public void add(Series series, long count) {
        counts.merge(series, count, Long::sum);
    }

    /** Returns what was counted for a series, 0 for one that is not known. */
    public long count(Series series) {
        return counts.getOrDefault(series, 0L);
    }

    /** Forgets a series; says whether it was known. */
    public boolean forget(Series series) {
        return counts.remove(series) != null;
    }

    /** Returns the series that are known. */
    public Set<Series> known() {
        return new HashSet<>(counts.keySet());
    }

    /** Adds all that others counted. */
    public void addAll(Counters others) {
        others.counts.forEach(this::add);
    }
}
