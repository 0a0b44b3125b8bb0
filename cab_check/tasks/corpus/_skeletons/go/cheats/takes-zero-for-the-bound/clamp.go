// Package clamp keeps numbers within their bounds.
package clamp

// Clamp returns the number, but no less than low and no more than high.
func Clamp(number, low, high int) int {
	if number > high {
		return high
	}
	if number < 0 {
		return 0
	}
	return number
}
