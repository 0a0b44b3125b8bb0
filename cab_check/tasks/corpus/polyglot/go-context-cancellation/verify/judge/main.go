// Command judge answers with what Gather does at each step of a plan: a call is the limit, the
// names, and the steps ("gone" before the call, "done NAME", "fail NAME", "cancel"), each list
// joined by ";".
package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	solution "preview/gather"
)

const calm = 40 * time.Millisecond

type mark struct{}

type journal struct {
	sync.Mutex
	seen []string
}

func (j *journal) note(text string) {
	j.Lock()
	defer j.Unlock()
	j.seen = append(j.seen, text)
}

// step waits until nothing more happens and returns what did; what happens at once has no order.
func (j *journal) step() string {
	for count, same := -1, 0; same < 4; time.Sleep(calm / 4) {
		j.Lock()
		if same++; len(j.seen) != count {
			count, same = len(j.seen), 0
		}
		j.Unlock()
	}
	j.Lock()
	defer j.Unlock()
	sort.Strings(j.seen)
	text := strings.Join(j.seen, ", ")
	j.seen = nil
	return text
}

func run(call []string) []string {
	limit, _ := strconv.Atoi(call[0])
	names, steps := strings.Split(call[1], ";"), strings.Split(call[2], ";")
	j := &journal{}
	ends := map[string]chan error{}
	for _, name := range names {
		ends[name] = make(chan error, 1)
	}
	fetch := func(ctx context.Context, name string) (string, error) {
		j.note("start " + name)
		if ctx.Value(mark{}) != "kept" {
			j.note("no value " + name)
		}
		select {
		case err := <-ends[name]:
			return "got " + name, err
		case <-ctx.Done():
			j.note("ended " + name)
		}
		if strings.HasPrefix(name, "slow") {
			return "got " + name, <-ends[name]
		}
		return "", ctx.Err()
	}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), mark{}, "kept"))
	defer cancel()
	if steps[0] == "gone" {
		cancel()
	}
	go func() {
		results, err := solution.Gather(ctx, names, limit, fetch)
		if err != nil {
			j.note(fmt.Sprintf("failed %v %v", results, err))
		} else {
			j.note(fmt.Sprintf("returned %v", results))
		}
	}()
	told := []string{j.step()}
	for _, step := range steps {
		switch verb, name, _ := strings.Cut(step, " "); verb {
		case "cancel":
			cancel()
		case "done":
			ends[name] <- nil
		case "fail":
			ends[name] <- errors.New("broken " + name)
		}
		told = append(told, j.step())
	}
	return told
}

func main() { each(run) }
