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
	inner, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-ctx.Done():
			cancel()
		case <-inner.Done():
		}
	}()
	results := make([]string, len(names))
	slots := make(chan struct{}, limit)
	var running sync.WaitGroup
	var once sync.Once
	var first error
	fail := func(err error) {
		once.Do(func() {
			first = err
			cancel()
		})
	}
	for at, name := range names {
		select {
		case slots <- struct{}{}:
		case <-inner.Done():
		}
		if inner.Err() != nil {
			break
		}
		running.Add(1)
		go func(at int, name string) {
			defer running.Done()
			defer func() { <-slots }()
			result, err := fetch(inner, name)
			if err != nil {
				fail(err)
			}
			results[at] = result
		}(at, name)
	}
	running.Wait()
	if err := ctx.Err(); err != nil && (first == nil || first == inner.Err()) {
		return nil, err
	}
	if first != nil {
		return nil, first
	}
	return results, nil
}
