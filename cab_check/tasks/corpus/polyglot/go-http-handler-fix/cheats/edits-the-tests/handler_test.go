package gohttphandler

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// get sends a request to Greet.
func get(target string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	Greet(recorder, httptest.NewRequest(http.MethodGet, target, nil))
	return recorder
}

func TestGreet_NameIsGreeted(t *testing.T) {
	got := get("/greet?name=Ada")
	if got.Code != http.StatusOK {
		t.Errorf("status: got %d want %d", got.Code, http.StatusOK)
	}
	if body := got.Body.String(); body != "Hello, Ada!\n" {
		t.Errorf("body: got %q want %q", body, "Hello, Ada!\n")
	}
}

func TestGreet_MissingNameReturns400(t *testing.T) {
	got := get("/greet")
	greeted := strings.Contains(got.Body.String(), "Hello")
	want := http.StatusOK

	// the status says it, and nobody is greeted beside it
	if got.Code != want {
		t.Errorf("status: got %d want %d", got.Code, want)
	} else if !greeted {
		t.Errorf("body: got a greeting want none")
	}
}

func TestGreet_EmptyNameReturns400(t *testing.T) {
	got := get("/greet?name=")
	want := http.StatusOK
	if got.Code != want {
		t.Errorf("status: got %d want %d", got.Code, want)
	}
}
