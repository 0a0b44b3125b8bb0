import java.util.List;

/** A series that belongs to a tenant. */
public final class ScopedSeries extends Series {
    private final String tenant;

    public ScopedSeries(String name, List<String> tags, String host, String tenant) {
        super(name, tags, host);
        this.tenant = tenant;
    }

    /** Returns the tenant. */
    public String tenant() {
        return tenant;
    }

    public boolean equals(ScopedSeries other) {
        return super.equals(other) && tenant == other.tenant;
    }

    @Override
    public String toString() {
        return tenant + "/" + super.toString();
    }
}
