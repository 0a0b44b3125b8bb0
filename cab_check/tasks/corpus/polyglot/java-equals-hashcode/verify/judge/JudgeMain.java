import java.lang.Boolean;
import java.lang.Integer;
import java.lang.Long;
import java.lang.Object;
import java.lang.Override;
import java.lang.String;
import java.lang.UnsupportedOperationException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import judge.Cases;

/**
 * Answers what series are to each other and to hash maps. A call is the machine's language, the
 * question, and series: kind, name, host ("?": not known, "=NAME"), tenant and tags, by tabs.
 */
final class JudgeMain {
    private static final class Flatterer {
        @Override
        public boolean equals(Object other) {
            return true;
        }

        @Override
        public int hashCode() {
            return 0;
        }
    }

    private static List<String> tags(String text) {
        String[] fields = text.split("\t", -1);
        return new ArrayList<>(Arrays.asList(fields).subList(4, fields.length));
    }

    private static Series series(String text, List<String> tags) {
        String[] fields = text.split("\t", -1);
        String host = fields[2].equals("?") ? null : fields[2].substring(1);
        return fields[0].equals("plain")
            ? new Series(fields[1], tags, host)
            : new ScopedSeries(fields[1], tags, host, fields[3]);
    }

    private static String text(boolean holds) {
        return Boolean.toString(holds);
    }

    private static List<String> equal(Object one, Object other) {
        return List.of(text(one.equals(other)), text(other.equals(one)), text(one.equals(one)));
    }

    private static List<String> apart(List<Series> all) {
        Set<Integer> codes = new HashSet<>();
        for (Series series : all) {
            codes.add(series.hashCode());
        }
        return List.of(text(2 * codes.size() > all.size()));
    }

    private static List<String> counted(List<Series> all) {
        Counters counters = new Counters();
        long count = 1;
        for (Series series : all) {
            counters.add(series, count++);
        }
        List<String> answers = new ArrayList<>(List.of(Integer.toString(counters.known().size())));
        for (Series series : all) {
            answers.add(Long.toString(counters.count(series)));
        }
        return answers;
    }

    private static List<String> changed(String given) {
        List<String> handed = tags(given);
        Series series = series(given, handed);
        Set<Object> found = new HashSet<>(List.of(series));
        int code = series.hashCode();
        handed.set(0, "another");
        handed.add("more");
        try {
            series.tags().add("more still");
        } catch (UnsupportedOperationException refused) {
            // a list that cannot be changed is right as well
        }
        boolean same = series.equals((Object) series(given, tags(given)));
        boolean kept = found.contains(series) && code == series.hashCode();
        return List.of(String.join("\t", series.tags()), text(kept), text(same));
    }

    private static List<String> others(Series series) {
        return List.of(
            text(series.equals((Object) null)),
            text(series.equals((Object) series.name())),
            text(series.equals((Object) List.of(series))),
            text(series.equals((Object) new Flatterer())));
    }

    public static void main(String[] none) throws java.lang.Exception {
        Cases.each(call -> {
            Locale.setDefault(Locale.forLanguageTag(call.get(0)));
            List<Series> all = new ArrayList<>();
            for (String text : call.subList(2, call.size())) {
                all.add(series(text, tags(text)));
            }
            Series first = all.get(0);
            return switch (call.get(1)) {
                case "equal" -> equal(first, all.get(1));
                case "hash" -> List.of(text(first.hashCode() == all.get(1).hashCode()));
                case "apart" -> apart(all);
                case "counted" -> counted(all);
                case "changed" -> changed(call.get(2));
                default -> others(first);
            };
        });
    }
}
