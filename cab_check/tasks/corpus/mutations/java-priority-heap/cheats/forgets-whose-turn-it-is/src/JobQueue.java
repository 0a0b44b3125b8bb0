import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Jobs that wait for a worker: the highest priority first, and among equals the one that came first.
 * A job is known by its name. Every operation but {@link #waiting} takes logarithmic time.
 */
public final class JobQueue {
    private static final class Job {
        private final String name;
        private final long ticket;
        private int priority;
        private int place;

        private Job(String name, int priority, long ticket) {
            this.name = name;
            this.priority = priority;
            this.ticket = ticket;
        }

        private boolean before(Job other) {
            if (priority != other.priority) {
                return priority > other.priority;
            }
            return ticket < other.ticket;
        }
    }

    private final List<Job> heap = new ArrayList<>();
    private final Map<String, Job> byName = new HashMap<>();
    private long tickets = 0;

    /** Returns how many jobs wait. */
    public int size() {
        return heap.size();
    }

    /** Lets a job wait; throws IllegalArgumentException when one of that name waits already. */
    public void add(String name, int priority) {
        if (byName.containsKey(name)) {
            throw new IllegalArgumentException("waits already: " + name);
        }
        Job job = new Job(name, priority, tickets++);
        byName.put(name, job);
        heap.add(job);
        settle(job, heap.size() - 1);
        rise(job);
    }

    /** Returns the name of the job that is next, null when none waits. */
    public String peek() {
        return heap.isEmpty() ? null : heap.get(0).name;
    }

    /** Takes the job that is next out of the queue and returns its name, null when none waits. */
    public String next() {
        return heap.isEmpty() ? null : take(heap.get(0)).name;
    }

    /** Takes a job out of the queue; says whether it waited. */
    public boolean cancel(String name) {
        Job job = byName.get(name);
        return job != null && take(job) == job;
    }

    /** Gives a job another priority, and its turn among equals as before; says whether it waits. */
    public boolean change(String name, int priority) {
        Job job = byName.get(name);
        if (job == null) {
            return false;
        }
        Job again = new Job(name, priority, tickets++);
        again.place = job.place;
        heap.set(job.place, again);
        byName.put(name, again);
        job = again;
        rise(job);
        sink(job);
        return true;
    }

    /** Returns the names of all jobs in the order in which they will be next. */
    public List<String> waiting() {
        List<Job> jobs = new ArrayList<>(heap);
        jobs.sort((first, second) -> first.before(second) ? -1 : 1);
        List<String> names = new ArrayList<>();
        for (Job job : jobs) {
            names.add(job.name);
        }
        return names;
    }

    private Job take(Job job) {
        byName.remove(job.name);
        Job last = heap.remove(heap.size() - 1);
        if (last != job) {
            settle(last, job.place);
            rise(last);
            sink(last);
        }
        return job;
    }

    private void rise(Job job) {
        while (job.place > 0) {
            Job above = heap.get((job.place - 1) / 2);
            if (!job.before(above)) {
                return;
            }
            exchange(job, above);
        }
    }

    private void sink(Job job) {
        while (2 * job.place + 1 < heap.size()) {
            int left = 2 * job.place + 1;
            int right = left + 1;
            Job below = heap.get(left);
            if (right < heap.size() && heap.get(right).before(below)) {
                below = heap.get(right);
            }
            if (!below.before(job)) {
                return;
            }
            exchange(job, below);
        }
    }

    private void exchange(Job one, Job other) {
        int place = one.place;
        settle(one, other.place);
        settle(other, place);
    }

    private void settle(Job job, int place) {
        job.place = place;
        heap.set(place, job);
    }
}
