import java.lang.IllegalArgumentException;
import java.lang.Integer;
import java.lang.String;
import java.util.ArrayList;
import java.util.List;
import judge.Cases;

/** Answers with what a queue returned: a call is what is done to a new one, step after step. */
final class JudgeMain {
    private static String done(JobQueue queue, String[] step) {
        return switch (step[0]) {
            case "add" -> added(queue, step);
            case "peek" -> String.valueOf(queue.peek());
            case "next" -> String.valueOf(queue.next());
            case "cancel" -> String.valueOf(queue.cancel(step[1]));
            case "change" -> String.valueOf(queue.change(step[1], Integer.parseInt(step[2])));
            case "waiting" -> String.join(" ", queue.waiting());
            default -> String.valueOf(queue.size());
        };
    }

    private static String added(JobQueue queue, String[] step) {
        try {
            queue.add(step[1], Integer.parseInt(step[2]));
            return "added";
        } catch (IllegalArgumentException refused) {
            return "refused";
        }
    }

    public static void main(String[] none) throws java.lang.Exception {
        Cases.each(call -> {
            JobQueue queue = new JobQueue();
            List<String> answers = new ArrayList<>();
            for (String step : call) {
                answers.add(done(queue, step.split(" ")));
            }
            return answers;
        });
    }
}
