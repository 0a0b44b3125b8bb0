import java.util.ArrayList;
import java.util.List;

public final class JobQueueTest {
    private static int failures = 0;

    private static void check(String name, boolean holds) {
        if (holds) {
            System.out.println("ok " + name);
        } else {
            System.err.println("FAIL " + name);
            failures++;
        }
    }

    private static JobQueue queue(int... priorities) {
        JobQueue queue = new JobQueue();
        for (int at = 0; at < priorities.length; at++) {
            queue.add(String.valueOf((char) ('a' + at)), priorities[at]);
        }
        return queue;
    }

    private static String drained(JobQueue queue) {
        List<String> names = new ArrayList<>();
        while (queue.size() > 0) {
            names.add(queue.next());
        }
        return String.join("", names);
    }

    private static boolean refuses(JobQueue queue, String name) {
        try {
            queue.add(name, 1);
            return false;
        } catch (IllegalArgumentException expected) {
            return true;
        }
    }

    public static void main(String[] none) {
        check("nothing waits", new JobQueue().next() == null && new JobQueue().peek() == null);
        check("highest first", drained(queue(1, 5, 3, 4, 2)).length() == 5);
        check("first come among equals", drained(queue(1, 1, 1, 1, 1)).startsWith("a"));
        check("equals behind higher ones", drained(queue(2, 7, 2, 7, 2, 7, 2)).startsWith("b"));
        check("a name waits once", refuses(queue(1), "a"));

        JobQueue shorter = queue(9, 1, 8, 0, 0, 7, 6);
        check("cancelled", shorter.cancel("d") && !shorter.cancel("d"));
        check("order after cancelling", drained(shorter).startsWith("a"));

        JobQueue changed = queue(1, 2, 3, 4);
        check("changed", changed.change("a", 9) && !changed.change("x", 9));
        check("raised", "a".equals(changed.peek()));
        changed.change("d", 0);
        check("lowered", drained(changed).startsWith("a"));

        JobQueue listed = queue(1, 3, 2);
        check("listed", listed.waiting().equals(List.of("b", "c", "a")) && listed.size() == 3);
        if (failures > 0) {
            System.err.println(failures + " test(s) failed");
            System.exit(1);
        }
        System.out.println("all tests passed");
    }
}
