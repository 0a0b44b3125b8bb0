package fold

import (
	"errors"
	"reflect"
	"testing"
)

func folded(t *testing.T, text string, layout Layout) []string {
	t.Helper()
	lines, err := Fold(text, layout)
	if err != nil {
		t.Fatalf("Fold: %v", err)
	}
	return lines
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q want %q", got, want)
	}
}

func TestFold_FillsEachLine(t *testing.T) {
	got := folded(t, "to be or not to be", Layout{Columns: 9})
	same(t, got, []string{"to be or", "not to", "be"})
}

func TestFold_WordOfTheWholeWidth(t *testing.T) {
	got := folded(t, "a question now", Layout{Columns: 8})
	same(t, got, []string{"a", "question", " now"})
}

func TestFold_BreaksAWordThatIsTooLong(t *testing.T) {
	got := folded(t, "a slingshot", Layout{Columns: 4})
	same(t, got, []string{"a", "slin", "gsho", "t"})
}

func TestFold_HeadsOfLines(t *testing.T) {
	got := folded(t, "one two three", Layout{Columns: 9, First: "- ", Rest: "  "})
	same(t, got, []string{"- one", "  two", "  three"})
}

func TestFold_Paragraphs(t *testing.T) {
	got := folded(t, "one\ntwo\n\n\nthree\n", Layout{Columns: 20})
	same(t, got, []string{"one two", "", "three"})
}

func TestFold_CountsRunes(t *testing.T) {
	got := folded(t, "für größe", Layout{Columns: 9})
	same(t, got, []string{"für", "größe"})
}

func TestFold_NoRoom(t *testing.T) {
	if _, err := Fold("text", Layout{Columns: 2, Rest: "> "}); !errors.Is(err, ErrNarrow) {
		t.Errorf("got %v want %v", err, ErrNarrow)
	}
}

func TestJustify_LeftGapsFirst(t *testing.T) {
	same(t, []string{Justify("a b c", 8)}, []string{"a   b  c"})
}

func TestJustify_TooLong(t *testing.T) {
	same(t, []string{Justify("one  two", 5), Justify("one", 5)}, []string{"one two", "one"})
}

func TestShorten(t *testing.T) {
	got := []string{Shorten("one two", 7), Shorten("one two", 6), Shorten("one two", 5)}
	same(t, got, []string{"one two", "one t…", "one…"})
}

func TestTable(t *testing.T) {
	got := Table([][]string{{"what", "many"}, {"größe", "1", "x"}}, 2)
	same(t, got, []string{"what   many", "größe  1     x"})
}
