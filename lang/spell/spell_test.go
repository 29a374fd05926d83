package spell

import "testing"

func TestNearest(t *testing.T) {
	candidates := []string{"model", "block", "stage", "residual", "leaky_relu", "relu", "in", "x", "conv", "conv_transpose"}
	tests := []struct {
		name, want string
	}{
		{"modle", "model"},       // neighbours swapped
		{"blok", "block"},        // one left out
		{"staage", "stage"},      // one too many
		{"resitual", "residual"}, // one exchanged
		{"ResiDuals", "residual"},
		{"LeakyReLU", "leaky_relu"},
		{"rleu", "relu"},
		{"convtranspose", "conv_transpose"},
		{"on", "in"},
		{"y", ""},    // a name of one letter is near to nothing
		{"conv", ""}, // it is the candidate itself, which then is no help
		{"forward", ""},
		{"", ""},
		{"___", ""},
		{"stations", ""},
	}
	for _, test := range tests {
		got, ok := Nearest(test.name, candidates)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("Nearest(%q) = %q, %v, want %q", test.name, got, ok, test.want)
		}
	}
	if got, _ := Nearest("cast", []string{"cost", "cart", "cast_to"}); got != "cost" {
		t.Errorf("of two that are equally near, %q is chosen, not the first", got)
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"kitten", "sitting", 3}, {"ab", "ba", 1},
		{"ca", "abc", 3}, {"sunday", "saturday", 3}, {"äöü", "aöü", 1},
	}
	for _, test := range tests {
		if got := distance([]rune(test.a), []rune(test.b)); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
