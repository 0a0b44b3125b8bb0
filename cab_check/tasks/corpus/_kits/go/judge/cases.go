package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// each reads the calls of a case, answers each on stdout with what run makes of its texts, and
// catches what panics. The task's main is `func main() { each(func(call []string) []string {...}) }`.
func each(run func(call []string) []string) {
	out := os.Stdout
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	nonce := lines.Text()
	for lines.Scan() {
		kind, texts := attempt(run, unpacked(lines.Text()))
		packed := make([]string, len(texts))
		for at, text := range texts {
			packed[at] = hex.EncodeToString([]byte(text))
		}
		fmt.Fprintf(out, "\n%s %s %s\n", nonce, kind, strings.Join(packed, ","))
	}
	os.Exit(0)
}

func attempt(run func(call []string) []string, call []string) (kind string, texts []string) {
	defer func() {
		if reason := recover(); reason != nil {
			kind, texts = "crash", []string{place(), fmt.Sprint(reason)}
		}
	}()
	return "value", run(call)
}

// place returns file and line of the innermost frame that is not the runtime's.
func place() string {
	counters := make([]uintptr, 64)
	frames := runtime.CallersFrames(counters[:runtime.Callers(3, counters)])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") || !more {
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
	}
}

func unpacked(line string) []string {
	texts := strings.Split(line, ",")
	for at, text := range texts {
		read, err := hex.DecodeString(text)
		if err != nil {
			panic(err)
		}
		texts[at] = string(read)
	}
	return texts
}
