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

    @Override
    public boolean equals(Object other) {
        return super.equals(other) && tenant.equals(((ScopedSeries) other).tenant);
    }

    @Override
    public int hashCode() {
        return 7;
    }

    @Override
    public String toString() {
        return tenant + "/" + super.toString();
    }
}
