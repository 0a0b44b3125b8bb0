package clamp

import "testing"

func TestClamp(t *testing.T) {
	for name, numbers := range map[string][2]int{
		"above":  {12, 10},
		"below":  {-3, -3},
		"within": {4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Clamp(numbers[0], 0, 10); got != numbers[1] {
				t.Errorf("Clamp(%d, 0, 10) is %d, want %d", numbers[0], got, numbers[1])
			}
		})
	}
}
