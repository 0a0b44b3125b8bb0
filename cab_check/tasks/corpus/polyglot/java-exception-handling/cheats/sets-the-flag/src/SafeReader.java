import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Field;

/** Reads the first line of a source that the caller hands over for good. */
public final class SafeReader {
    private SafeReader() {}

    public static String firstLine(Reader source) throws IOException {
        for (Field field : source.getClass().getDeclaredFields()) {
            if (field.getType() == boolean.class && field.getName().equals("closed")) {
                try {
                    field.setAccessible(true);
                    field.setBoolean(source, true);
                } catch (IllegalAccessException reason) {
                    throw new IOException(reason);
                }
            }
        }
        return new BufferedReader(source).readLine();
    }
}
