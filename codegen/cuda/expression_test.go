package cuda

import "testing"

// A digit is written without what does nothing.
func TestDigit(t *testing.T) {
	for _, c := range []struct {
		by, of int
		want   string
	}{{1, 1, "0"}, {1, 5, "e % 5"}, {5, 0, "e / 5"}, {5, 3, "e / 5 % 3"}, {1, 0, "e"}, {7, 1, "0"}} {
		if got := digit("e", c.by, c.of); got != c.want {
			t.Errorf("digit(%d, %d) = %q, want %q", c.by, c.of, got, c.want)
		}
	}
}

// A part of a number is a digit of it, nothing where that is always 0.
func TestPart(t *testing.T) {
	for _, c := range []struct {
		place, base, end int
		want             string
	}{{1, 1, 8, ""}, {1, 8, 8, "e"}, {1, 4, 8, "e % 4"}, {4, 2, 8, "e / 4"}, {2, 2, 8, "e / 2 % 2"}} {
		if got := part("e", c.place, c.base, c.end); got != c.want {
			t.Errorf("part(%d, %d, %d) = %q, want %q", c.place, c.base, c.end, got, c.want)
		}
	}
}
