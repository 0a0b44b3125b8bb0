import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;

/** Reads the first line of a source that the caller hands over for good. */
public final class SafeReader {
    private SafeReader() {}

    public static String firstLine(Reader source) throws IOException {
        BufferedReader lines = new BufferedReader(source);
        try {
            String line = lines.readLine();
            lines.close();
            return line;
        } catch (IOException reason) {
            source.close();
            throw reason;
        }
    }
}
