import java.lang.Integer;
import java.lang.String;
import java.util.List;
import judge.Cases;

/** Answers with what clamp returns: a call is the number and its bounds. */
final class JudgeMain {
    public static void main(String[] none) throws java.lang.Exception {
        Cases.each(call -> {
            int[] numbers = call.stream().mapToInt(Integer::parseInt).toArray();
            return List.of(String.valueOf(Clamp.clamp(numbers[0], numbers[1], numbers[2])));
        });
    }
}
