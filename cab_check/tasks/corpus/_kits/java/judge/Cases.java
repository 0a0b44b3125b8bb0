package judge;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads the calls of a case, answers each on stdout, and catches what is thrown. The task's main is
 * {@code public static void main(String[] none) throws Exception { Cases.each(call -> List.of(...)); }}.
 */
public final class Cases {
    /** What the task makes of the texts of one call. */
    public interface Run {
        List<String> answer(List<String> call) throws Throwable;
    }

    private Cases() {}

    public static void each(Run run) throws Exception {
        PrintStream out = System.out;
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String nonce = lines.readLine();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String kind = "value";
            List<String> texts;
            try {
                texts = run.answer(unpacked(line));
            } catch (Throwable thrown) {
                kind = "crash";
                texts = List.of(place(thrown), String.valueOf(thrown));
            }
            out.print("\n" + nonce + " " + kind + " " + packed(texts) + "\n");
            out.flush();
        }
        System.exit(0);
    }

    private static String place(Throwable thrown) {
        StackTraceElement[] frames = thrown.getStackTrace();
        return frames.length == 0 ? "" : frames[0].getFileName() + ":" + frames[0].getLineNumber();
    }

    private static List<String> unpacked(String line) {
        List<String> texts = new ArrayList<>();
        for (String text : line.split(",", -1)) {
            texts.add(new String(HexFormat.of().parseHex(text), StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static String packed(List<String> texts) {
        List<String> fields = new ArrayList<>();
        for (String text : texts) {
            fields.add(HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)));
        }
        return String.join(",", fields);
    }
}
