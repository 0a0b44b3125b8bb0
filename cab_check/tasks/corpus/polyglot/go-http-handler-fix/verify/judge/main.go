// Command judge answers with what Greet makes of a request: a call is its target, and what is asked
// of the answer: its status and kind of body, or its status, body and content type.
package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	solution "codingagentbench/gohttphandler"
)

func main() {
	var handler http.HandlerFunc = solution.Greet
	each(func(call []string) []string {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, call[0], nil))
		got := recorder.Result()
		status, body := strconv.Itoa(got.StatusCode), recorder.Body.String()
		if call[1] == "greeting" {
			return []string{status, strconv.Quote(body), got.Header.Get("Content-Type")}
		}
		if strings.Contains(strings.ToLower(body), "hello") {
			return []string{status, "a greeting"}
		}
		return []string{status, "none"}
	})
}
