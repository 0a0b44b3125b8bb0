import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/** What is counted: a name, tags, and the host it comes from (null: not known). */
public class Series {
    private final String name;
    private final List<String> tags;
    private final Set<String> tagged;
    private final String folded;
    private final String host;

    public Series(String name, List<String> tags, String host) {
        this.name = name;
        this.tags = List.copyOf(tags);
        this.tagged = new HashSet<>(tags);
        this.folded = name.toLowerCase(Locale.ROOT);
        this.host = host;
    }

    /** Returns the name as it was given. */
    public String name() {
        return name;
    }

    /** Returns the tags as they were given. */
    public List<String> tags() {
        return tags;
    }

    /** Returns the host, null where it is not known. */
    public String host() {
        return host;
    }

    @Override
    public boolean equals(Object other) {
        if (other == null || getClass() != other.getClass()) {
            return false;
        }
        return hashCode() == other.hashCode();
    }

    @Override
    public int hashCode() {
        return Objects.hash(folded, tagged, host);
    }

    @Override
    public String toString() {
        return name + tags + (host == null ? "" : "@" + host);
    }
}
