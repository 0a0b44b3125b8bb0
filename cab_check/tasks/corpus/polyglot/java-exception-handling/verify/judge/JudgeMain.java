import java.io.IOException;
import java.io.Reader;
import java.lang.Integer;
import java.lang.Override;
import java.lang.RuntimeException;
import java.lang.String;
import java.lang.Throwable;
import java.util.List;
import judge.Cases;

/**
 * Answers with what firstLine returned, what it threw, and how it left the source. A call is the
 * source's text, after how many characters it fails (-1: never), with what kind of exception, the
 * message that closing fails with (none: it works), and which of the three answers comes first.
 */
final class JudgeMain {
    private static final class Source extends Reader {
        private final String text;
        private final int end;
        private final Throwable failure;
        private final String closing;
        private int at = 0;
        private String state = "open";

        Source(List<String> call) {
            text = call.get(0);
            end = Integer.parseInt(call.get(1));
            boolean checked = call.get(2).equals("checked");
            failure = checked ? new IOException("it broke") : new RuntimeException("it broke");
            closing = call.get(3);
        }

        @Override
        public int read(char[] into, int from, int count) throws IOException {
            if (!state.equals("open")) {
                throw new IOException("read when it was closed");
            }
            if (at == end && failure instanceof IOException checked) {
                throw checked;
            }
            if (at == end) {
                throw (RuntimeException) failure;
            }
            if (at == text.length() || count == 0) {
                return count == 0 ? 0 : -1;
            }
            into[from] = text.charAt(at++);
            return 1;
        }

        @Override
        public void close() throws IOException {
            state = "closed";
            if (!closing.isEmpty()) {
                throw new IOException(closing);
            }
        }
    }

    public static void main(String[] none) throws java.lang.Exception {
        Cases.each(call -> {
            Source source = new Source(call);
            String returned = "nothing";
            String thrown = "nothing";
            try {
                returned = "line: " + SafeReader.firstLine(source);
            } catch (Throwable reason) {
                String which = reason == source.failure ? "the source's own" : "another";
                thrown = which + ": " + reason;
            }
            return switch (call.get(4)) {
                case "returned" -> List.of(returned, thrown);
                case "thrown" -> List.of(thrown, returned);
                default -> List.of(source.state);
            };
        });
    }
}
