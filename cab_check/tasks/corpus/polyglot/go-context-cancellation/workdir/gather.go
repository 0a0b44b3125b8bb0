// Package gather fetches many things at a time.
package gather

import (
	"context"
	"sync"
)

// Fetch gets one thing by its name.
type Fetch func(ctx context.Context, name string) (string, error)

// Gather fetches all names, at most limit at a time, and returns the results in their order.
func Gather(ctx context.Context, names []string, limit int, fetch Fetch) ([]string, error) {
	results := make([]string, len(names))
	errs := make([]error, len(names))
	slots := make(chan struct{}, limit)
	var running sync.WaitGroup
	for at, name := range names {
		slots <- struct{}{}
		running.Add(1)
		go func(at int, name string) {
			defer running.Done()
			results[at], errs[at] = fetch(context.Background(), name)
			<-slots
		}(at, name)
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}
