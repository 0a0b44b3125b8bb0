import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;

/** Reads the first line of a source that the caller hands over for good. */
public final class SafeReader {
    private SafeReader() {}

    /**
     * Returns the first line of the source, or null when the source is empty. The source is closed
     * when this returns.
     */
    public static String firstLine(Reader source) throws IOException {
        BufferedReader lines = new BufferedReader(source);
        String line = lines.readLine();
        lines.close();
        return line;
    }
}
